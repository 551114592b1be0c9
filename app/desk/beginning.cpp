#include "app/desk/beginning.h"

#include <fmt/format.h>

#include <utility>

#include "core/error.h"

namespace gatescope::ui {
namespace fs = std::filesystem;

Beginning::Beginning(const Folders& folders, Editor& editor, Files& files, Notices& notices)
    : folders_(folders), editor_(editor), files_(files), notices_(notices) {
  session::tidy_kept_sessions(folders_.state);
  left_behind_ = session::find_left_behind(folders_.state);
}

void Beginning::start(std::vector<fs::path> paths, OpenOptions options) {
  if (folders_.state.empty())
    notices_.say(
        "nothing is kept when this window ends, since neither HOME nor XDG_STATE_HOME is set: save the "
        "session "
        "where it matters",
        true);
  first_paths_ = std::move(paths);
  first_options_ = std::move(options);
  asking_ = !left_behind_.empty();
  if (asking_)
    files_.open_preset(kDefaultPreset, false);  // to be seen behind the question
  else
    open_first();
}

void Beginning::open_first() {
  asking_ = false;
  editor_.forget_past();
  std::error_code code;
  const auto paths = std::exchange(first_paths_, {});
  if (!paths.empty()) {
    files_.open_preset(kDefaultPreset);  // what there is where a path cannot be opened
    files_.open(paths, first_options_);
  } else if (fs::exists(session::last_session_in(folders_.state), code)) {
    opening_last_ = true;
    const bool opens = files_.open({session::last_session_in(folders_.state)});
    files_.forget_session_path();
    if (!opens) set_last_session_aside();
  } else {
    files_.open_preset(kDefaultPreset);
  }
}

/// It cannot be opened: the end of this session does not write over it.
void Beginning::set_last_session_aside() {
  opening_last_ = false;
  std::error_code code;
  fs::path aside;
  for (int number = 1; aside.empty() || fs::exists(aside, code); ++number)
    aside = folders_.state / fmt::format("unreadable-{}{}", number, session::kSessionEnding);
  fs::rename(session::last_session_in(folders_.state), aside, code);
  if (!code)
    notices_.say(fmt::format("the last session could not be opened; it is kept as {}", aside.string()), true);
  files_.open_preset(kDefaultPreset);
}

void Beginning::open_left_behind(std::size_t number) {
  if (number >= left_behind_.size()) return;
  const session::LeftBehind left = left_behind_[number];
  left_behind_.erase(left_behind_.begin() + static_cast<std::ptrdiff_t>(number));
  try {
    const fs::path path = session::recover(left);
    const bool opens = files_.open({path});
    files_.forget_session_path();
    if (!opens) {
      notices_.say(fmt::format("it is kept as {}", path.string()), true);
      if (left_behind_.empty() && asking_) open_first();
      return;
    }
    asking_ = false;
    editor_.forget_past();
    const std::size_t others = std::exchange(left_behind_, {}).size();
    if (!first_paths_.empty()) {
      notices_.say(
          fmt::format("{} was not opened: the session of before is open instead", first_paths_[0].string()));
      first_paths_.clear();
    } else if (others > 0) {
      notices_.say(
          fmt::format("{} at the next start", others == 1 ? "the other one is offered"
                                                          : fmt::format("the other {} are offered", others)));
    }
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
    if (left_behind_.empty() && asking_) open_first();
  }
}

void Beginning::throw_away_left_behind(std::size_t number) {
  if (number >= left_behind_.size()) return;
  const session::LeftBehind left = left_behind_[number];
  left_behind_.erase(left_behind_.begin() + static_cast<std::ptrdiff_t>(number));
  if (left_behind_.empty() && asking_) open_first();
  try {
    const fs::path path = session::throw_away(left);
    notices_.say(fmt::format("thrown away; for {} days it is still there as {}", session::kDaysInTrash,
                             path.string()));
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
  }
}

void Beginning::keep_left_behind() {
  left_behind_.clear();
  if (asking_) open_first();
}

void Beginning::tick(bool loaded) {
  if (!opening_last_) return;
  const bool nothing_open = editor_.shown().now().models.empty(),
             on_its_way = files_.loading() || editor_.opening();
  if (!loaded || (nothing_open && !on_its_way))
    set_last_session_aside();
  else if (!nothing_open && !on_its_way)
    opening_last_ = false;
}

}  // namespace gatescope::ui
