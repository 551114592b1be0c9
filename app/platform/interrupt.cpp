#include "app/platform/interrupt.h"

#include <csignal>

namespace gatescope::app {
namespace {

// A signal handler can reach nothing but a global; this one is written by it alone.
volatile std::sig_atomic_t stop_asked = 0;

void on_signal(int signal) {
  stop_asked = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interrupt::Interrupt() {
  stop_asked = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::asked() const {
  return stop_asked != 0;
}

}  // namespace gatescope::app
