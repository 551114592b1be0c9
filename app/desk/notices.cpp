#include "app/desk/notices.h"

#include <utility>

#include "core/in_quotes.h"

namespace gatescope::ui {

void Notices::say(std::string text, bool bad) {
  text = printable(text);  // it may quote a file
  // Of what merely happened the last is enough; what went wrong stays until it is read.
  std::erase_if(notices_, [&](const Notice& notice) { return notice.text == text || (!bad && !notice.bad); });
  notices_.push_back({std::move(text), bad, bad ? 0 : time_ + 6});
  if (notices_.size() > 4) notices_.erase(notices_.begin());
}

void Notices::dismiss(std::size_t notice) {
  if (notice < notices_.size()) notices_.erase(notices_.begin() + static_cast<std::ptrdiff_t>(notice));
}

void Notices::tick(double seconds) {
  time_ += seconds;
  std::erase_if(notices_, [&](const Notice& notice) { return notice.until > 0 && notice.until < time_; });
}

}  // namespace gatescope::ui
