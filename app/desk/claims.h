#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/desk/executor.h"
#include "app/desk/notices.h"
#include "core/claim/verdict.h"

namespace gatescope::ui {

/// The claims that come with the program, measured while the window goes on: one at a time, seed by seed.
class Claims {
 public:
  /// `folder` has the cards.
  Claims(std::filesystem::path folder, std::filesystem::path corpora, Executor& executor, Notices& notices);
  ~Claims();

  /// Read when they are first asked for, by name. What cannot be read is left out, and said once.
  const std::vector<claim::Card>& cards();
  /// Null where there is none of this name.
  const claim::Card* find(const std::string& name);

  /// Measures what is still missing of the card; another one that is measured stops.
  void measure(const std::string& name);
  void stop();

  /// How far a card is.
  struct Standing {
    bool measuring = false;
    std::size_t jobs = 0, done = 0;  // trainings
    double progress = 0;             // of all of them, in [0, 1]
    double seconds = 0;              // of one core, of those that are done
    std::vector<claim::Judged> conditions;
  };
  Standing standing(const claim::Card& card) const;
  bool measuring() const { return work_ != nullptr; }

  /// Once a frame: takes what was done, tells what failed.
  void tick();

 private:
  class Work;

  std::filesystem::path folder_, corpora_;
  Executor& executor_;
  Notices& notices_;
  bool read_ = false;
  std::vector<claim::Card> cards_;
  std::map<std::string, std::vector<claim::Result>> results_;  // a card
  std::shared_ptr<Work> work_;                                 // with its job
};

}  // namespace gatescope::ui
