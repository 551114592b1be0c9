#pragma once

namespace gatescope::app {

/// While one of these lives, Ctrl-C asks for a stop instead of ending the program; a second Ctrl-C ends it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool asked() const;
};

}  // namespace gatescope::app
