#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gatescope::ui {

/// A message for a moment, or until it is answered.
struct Notice {
  std::string text;
  bool bad = false;
  double until = 0;
};

/// What the window tells.
class Notices {
 public:
  const std::vector<Notice>& all() const { return notices_; }
  void say(std::string text, bool bad = false);
  void dismiss(std::size_t notice);
  /// So many seconds later: what was for a moment goes.
  void tick(double seconds);

 private:
  std::vector<Notice> notices_;
  double time_ = 0;
};

}  // namespace gatescope::ui
