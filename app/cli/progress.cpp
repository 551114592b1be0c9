#include "app/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "app/platform/output.h"
#include "core/in_quotes.h"

namespace gatescope::app {
namespace {

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return s < 60 ? fmt::format("{} s", s) : fmt::format("{}:{:02} min", s / 60, s % 60);
}

}  // namespace

Progress::Progress(bool elsewhere)
    : terminal_(isatty(STDERR_FILENO) != 0),
      wanted_(terminal_ || elsewhere),
      start_(Clock::now()),
      last_(start_) {}

void Progress::show(double fraction, const std::string& figures) {
  if (!wanted_) return;
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000);
  if (now - last_ < pause && fraction < 1) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const int width = 24, full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * width);
  std::string bar;
  for (int k = 0; k < width; ++k) bar += k < full ? "█" : "░";
  const std::string left = fraction > 0.01 && fraction < 1
                               ? duration(seconds * (1 - fraction) / fraction) + " left"
                               : duration(seconds);
  note_now(fmt::format("{}{} {:3.0f} %  {}  {}{}", terminal_ ? "\r\033[K" : "", bar, 100 * fraction,
                       printable(figures), left, terminal_ ? "" : "\n"));
  shown_ = terminal_;
}

void Progress::clear() {
  if (shown_) note_raw("\n");
  shown_ = false;
}

}  // namespace gatescope::app
