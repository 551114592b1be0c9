#pragma once

#include <string_view>

namespace gatescope::app {

/// While one of these lives, the usual endings (Ctrl-C, kill, a closed terminal, the warnings of a batch
/// system) ask for a stop instead of ending the program; files stay whole, and what is finished is kept. A
/// signal that was ignored from the start (nohup, a background job) stays ignored. One lives at a time.
///
/// A second Ctrl-C says what ending at once would lose, where there is anything to say, and one more ends the
/// program as the signal would have done.
class Interrupt {
 public:
  /// `first`: what the first one says at once on the standard error; nothing where it is empty.
  explicit Interrupt(std::string_view first = {});
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool asked() const;
  /// The signal that asked first; 0 where none did.
  int signal() const;
  /// What the second Ctrl-C says; the empty string lets it end the program.
  void warn(std::string_view loss);
};

}  // namespace gatescope::app
