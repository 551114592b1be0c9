#pragma once

#include <filesystem>
#include <string>

namespace gatescope::lesson {

/// What the window and the hand-outs say around a lesson, in one language: presets/lessons/window.LANGUAGE.json.
struct Phrases {
  std::string language_name;                                        // as its speakers call it
  std::string back, next, skip, finish, close;                      // buttons
  std::string guess;                                                // the button that hands a guess in
  std::string your_guess, truth;                                    // beside numbers
  std::string right, wrong;                                         // of an answer
  std::string to_do, done, waiting;                                 // of what is asked
  std::string question, your_answer, solutions, hand_out, minutes;  // of hand-outs
};

/// Strict. Throws Error that names the file and the key.
Phrases load_phrases(const std::filesystem::path& folder, const std::string& language);

}  // namespace gatescope::lesson
