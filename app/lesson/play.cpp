#include "app/lesson/play.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace gatescope::lesson {
namespace {

/// Plays one step.
class StepPlay {
 public:
  StepPlay(Player& player, ui::Workbench& bench, const Theatre& theatre, const std::filesystem::path& out)
      : player_(player), bench_(bench), theatre_(theatre), step_(player.step()) {
    const auto name = [&](const char* what) {
      return out / fmt::format("{:02}_{}{}.png", player.number() + 1, step_.id, what);
    };
    played_ = {.id = step_.id, .before = name(""), .after = name("_after"), .asks = step_.asks()};
  }

  Played play() {
    settle();
    const StepWords& words = player_.step_words();
    played_.say = player_.filled(words.say);
    played_.task = player_.filled(words.task);
    played_.answers = words.answers;
    theatre_.picture(played_.before);
    if (std::holds_alternative<std::monostate>(step_.task)) {
      played_.after.clear();
      return std::move(played_);
    }
    std::visit([this](const auto& task) { perform(task); }, step_.task);
    settle();
    played_.reveal = player_.filled(words.reveal);
    if (std::holds_alternative<Wait>(step_.task)) played_.say = player_.filled(words.say);
    if (const auto* predict = std::get_if<Predict>(&step_.task)) {
      if (!player_.truth()) wrong("the number '{}' is not there", predict->truth.text);
      played_.right = player_.written(player_.truth(), predict->decimals);
    }
    if (const auto* choose = std::get_if<Choose>(&step_.task)) {
      const auto right = player_.right_answer();
      if (!right) wrong("no answer is right: none of its conditions holds");
      played_.right = words.answers[static_cast<std::size_t>(std::ranges::find(choose->answers, *right) -
                                                             choose->answers.begin())];
    }
    check_numbers(played_.reveal);
    theatre_.picture(played_.after);
    return std::move(played_);
  }

 private:
  template <class... Args>
  [[noreturn]] void wrong(fmt::format_string<Args...> format, Args&&... args) const {
    fail("'{}': step \"{}\": {}", player_.lesson().file.string(), step_.id,
         fmt::format(format, std::forward<Args>(args)...));
  }

  void settle() {
    theatre_.settle();
    for (const ui::Notice& notice : bench_.notices().all())
      if (notice.bad) wrong("{}", notice.text);
    // What is waited for may be the first to give a number.
    if (!std::holds_alternative<Wait>(step_.task) || player_.fulfilled())
      check_numbers(player_.filled(player_.step_words().say));
  }

  /// A number that is not there would be a dash in the text.
  void check_numbers(const std::vector<Run>& runs) const {
    for (const Run& run : runs)
      if (run.quantity && !measured(*run.quantity, bench_))
        wrong("the number '{}' is not there", run.quantity->text);
  }

  void perform(std::monostate) {}

  void perform(const Choose& choose) {
    player_.choose(!choose.by_itself.empty() ? choose.by_itself
                                             : player_.right_answer().value_or(choose.answers.front()));
    theatre_.frame();
  }

  void perform(const Predict& predict) {
    player_.predict(predict.by_itself.value_or((predict.low + predict.high) / 2));
    theatre_.frame();
  }

  void perform(const Do& act) {
    if (player_.fulfilled()) wrong("what is to be done is so already: {}", wanted_and_is(act.until, bench_));
    for (const ui::Intent& intent : act.by_itself) bench_.act(intent);
    settle();
    theatre_.frame();
    if (!player_.fulfilled())
      wrong("\"by_itself\" does not do it, expected {}", wanted_and_is(act.until, bench_));
  }

  /// Training goes on as fast as the machine is.
  void perform(const Wait& wait) {
    const std::uint64_t from = bench_.shown().now().updates;
    bench_.follow(ui::SetPace{0});
    int still = 0;
    while (!player_.fulfilled()) {
      theatre_.frame();
      const session::Snapshot& now = bench_.shown().now();
      still = now.training || !is_settled(bench_) ? 0 : still + 1;
      constexpr int kStill = 200;  // frames
      if (still > kStill) wrong("nothing trains, and it waits for {}", wanted_and_is(wait.until, bench_));
      if (now.updates > from + wait.updates)
        wrong("waited {} updates for {}", wait.updates, wanted_and_is(wait.until, bench_));
    }
  }

  Player& player_;
  ui::Workbench& bench_;
  const Theatre& theatre_;
  const Step& step_;
  Played played_;
};

}  // namespace

std::vector<Played> play(Player& player, ui::Workbench& bench, const Theatre& theatre,
                         const std::filesystem::path& out) {
  std::vector<Played> all;
  theatre.frame();
  while (player.open()) {
    const int before = player.number();
    all.push_back(StepPlay(player, bench, theatre, out).play());
    player.next();
    theatre.frame();
    if (player.open() && player.number() <= before) fail("the lesson does not go on");
  }
  return all;
}

}  // namespace gatescope::lesson
