#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/desk/workbench.h"
#include "app/lesson/lesson.h"

namespace gatescope::lesson {

/// Plays the lesson that the document says is open: sets what its steps set, knows whether what they ask for
/// is done, and keeps guesses beside the truth. All that a person does goes through intents; where one leaves
/// off is the document's LessonPlace.
class Player {
 public:
  /// `folder` has the lessons that ship.
  Player(ui::Workbench& bench, std::filesystem::path folder) : bench_(bench), folder_(std::move(folder)) {}

  /// Once a frame, after the workbench's. A lesson that does not read is closed, and a notice says why.
  /// Whether something was set.
  bool tick();

  /// Whether one is open and read.
  bool open() const { return lesson_.has_value(); }
  const Lesson& lesson() const { return *lesson_; }
  const Words& words() const { return words_; }
  /// Where one is, from 0.
  int number() const;
  const Step& step() const { return lesson_->steps[static_cast<std::size_t>(number())]; }
  const StepWords& step_words() const { return words_.steps[static_cast<std::size_t>(number())]; }
  bool is_last() const { return number() + 1 == std::ssize(lesson_->steps); }

  // What a person does.
  void next();  // of the last step: closes the lesson
  void back();
  void choose(const std::string& answer);
  void predict(double guess);
  void close();

  /// Null before it is given.
  const ui::LessonAnswer* answer() const;
  /// Which answer is right; none where nothing says so yet.
  std::optional<std::string> right_answer() const;
  /// What was to be predicted, as it is now.
  std::optional<double> truth() const;
  /// Whether what was answered here is right: of a guess within a tenth of the slider's range.
  std::optional<bool> is_right() const;
  /// Whether nothing is left to do at this step.
  bool fulfilled() const;

  /// A text with its numbers as they are now.
  std::vector<Run> filled(const std::vector<Run>& runs) const;
  /// A number as this language writes it.
  std::string written(std::optional<double> value, int decimals) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  void load();
  void enter();
  bool is_for_us(const Step& step) const;

  ui::Workbench& bench_;
  std::filesystem::path folder_;
  std::optional<Lesson> lesson_;
  Words words_;
  std::string loaded_, language_;      // as the document calls them
  bool met_ = false;                   // what is to be done or waited for
  bool revealed_ = false;              // what an answer sets was set
  std::map<std::string, bool> right_;  // by the steps' ids
};

}  // namespace gatescope::lesson
