#pragma once

#include <filesystem>
#include <string>

namespace gatescope::lesson {

/// What the window and the hand-outs say around a lesson; in English where nothing else is said.
struct Phrases {
  // Buttons; the last hands a guess in.
  std::string back = "Back", next = "Go on", skip = "Skip", finish = "Finish", close = "Close the lesson",
              guess = "That is my guess";
  std::string your_guess = "your guess", truth = "measured";            // beside numbers
  std::string right = "Right", wrong = "Not quite";                     // of an answer
  std::string to_do = "Your turn", done = "Done", waiting = "Waiting";  // of what is asked
  // Of hand-outs.
  std::string question = "Question", your_answer = "Your answer", solutions = "Solutions",
              hand_out = "Hand-out", minutes = "minutes";
};

/// The same in a language of the folder (app/language/phrases.h), "de"; in English where it has no such file.
/// Throws Error that names the file and the key.
Phrases load_phrases(const std::filesystem::path& languages, const std::string& language);

}  // namespace gatescope::lesson
