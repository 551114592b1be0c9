#include "app/platform/interrupt.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace gatescope::app {
namespace {

/// Those that a person presses or sends come again when they shall end the program; the others are repeated
/// by systems (SIGXCPU every second, SIGHUP by the kernel and by the shell).
constexpr std::array kPressed{SIGINT, SIGTERM, SIGQUIT};
constexpr std::array kSignals{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};

// One press can arrive twice: from a terminal or `timeout`, to the process and to its group.
constexpr std::int64_t kSamePress = 10;  // milliseconds
// So long nobody has read what the last press said.
constexpr std::int64_t kReading = 500;

/// One line, written by the program and read by the handler.
struct Line {
  std::array<char, 1024> text;
  std::size_t size = 0;

  void set(std::string_view line) {
    size = std::min(line.size(), text.size());
    std::copy_n(line.begin(), size, text.begin());
    if (size == text.size()) text.back() = '\n';
  }
};

// A signal handler can reach nothing but globals.
Line first_line;
std::array<Line, 2> warnings;
std::atomic<int> warning = 0;  // which of them holds
std::atomic<int> stop_signal = 0, presses = 0;
std::atomic<std::int64_t> last_press = 0;
std::array<struct sigaction, kSignals.size()> before;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// Unless that would wait for somebody to read.
void say(const Line& line) {
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (line.size == 0 || poll(&error, 1, 0) != 1) return;
  // Below the progress bar.
  if (isatty(STDERR_FILENO) != 0 && ::write(STDERR_FILENO, "\n", 1) < 0) return;
  if (::write(STDERR_FILENO, line.text.data(), line.size) < 0) return;
}

void on_signal(int signal) {
  const int error = errno;
  const bool pressed = std::ranges::find(kPressed, signal) != kPressed.end();
  const std::int64_t now = milliseconds(), since = now - last_press;
  int none = 0;
  if (stop_signal.compare_exchange_strong(none, signal)) {
    last_press = now;
    presses = 1;
    say(first_line);
  } else if (pressed && since >= kSamePress) {
    const Line& loss = warnings[warning];
    if (presses == 1 && loss.size > 0) {
      last_press = now;
      presses = 2;
      say(loss);
    } else if (since >= kReading) {
      std::signal(signal, SIG_DFL);
      ::raise(signal);  // as soon as this handler returns
    }
  }
  errno = error;
}

}  // namespace

Interrupt::Interrupt(std::string_view first) {
  stop_signal = presses = 0;
  first_line.set(first);
  warn({});
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) sigaddset(&action.sa_mask, signal);
  for (std::size_t k = 0; k < kSignals.size(); ++k) {
    sigaction(kSignals[k], nullptr, &before[k]);
    if (before[k].sa_handler != SIG_IGN) sigaction(kSignals[k], &action, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t k = 0; k < kSignals.size(); ++k) sigaction(kSignals[k], &before[k], nullptr);
}

bool Interrupt::asked() const {
  return stop_signal != 0;
}

int Interrupt::signal() const {
  return stop_signal;
}

void Interrupt::warn(std::string_view loss) {
  const int other = 1 - warning;
  warnings[other].set(loss);
  warning = other;
}

}  // namespace gatescope::app
