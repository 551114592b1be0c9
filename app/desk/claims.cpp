#include "app/desk/claims.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/files.h"

namespace gatescope::ui {

/// A card's trainings that are still missing, a piece at a time.
class Claims::Work {
 public:
  Work(claim::Card card, std::filesystem::path corpora, const std::vector<claim::Result>& there)
      : card_(std::move(card)), corpora_(std::move(corpora)) {
    for (const claim::Job& job : claim::all_jobs({card_})) {
      const auto same = [&](const claim::Result& result) {
        return result.setting == job.setting && result.seed == job.seed;
      };
      if (std::ranges::none_of(there, same)) jobs_.push_back({&card_, job.setting, job.seed});
    }
  }

  const claim::Card& card() const { return card_; }

  /// Some of a training. False: all is measured, or it was stopped, or a problem says why not.
  bool advance() {
    try {
      if (!stopped && do_part()) return true;
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      problem_ = error.what();
    }
    over = true;
    return false;
  }

  /// What was done since it was last asked for.
  std::vector<claim::Result> take_results() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(done_, {});
  }
  std::string problem() const {
    const std::scoped_lock lock(mutex_);
    return problem_;
  }

  std::atomic<bool> stopped{false}, over{false};
  std::atomic<double> of_job{0};  // the share of the present training that is done

 private:
  bool do_part() {
    if (!run_) {
      if (jobs_.empty()) return false;
      run_.emplace(jobs_.front(), corpora_);
    }
    const bool more = run_->advance();
    of_job = run_->done();
    if (more) return true;
    const std::scoped_lock lock(mutex_);
    done_.push_back(run_->result());
    run_.reset();
    jobs_.pop_front();
    of_job = 0;
    return true;
  }

  const claim::Card card_;
  std::filesystem::path corpora_;
  std::deque<claim::Job> jobs_;  // the next one first
  std::optional<claim::JobRun> run_;
  mutable std::mutex mutex_;
  std::vector<claim::Result> done_;
  std::string problem_;
};

Claims::Claims(std::filesystem::path folder, std::filesystem::path corpora, Executor& executor,
               Notices& notices)
    : folder_(std::move(folder)), corpora_(std::move(corpora)), executor_(executor), notices_(notices) {}

Claims::~Claims() {
  stop();
}

const std::vector<claim::Card>& Claims::cards() {
  if (std::exchange(read_, true)) return cards_;
  for (const std::filesystem::path& file : files_in(folder_, ".json")) try {
      claim::Card card = claim::load_card(file);
      card.beside = corpora_.native();
      cards_.push_back(std::move(card));
    } catch (const Error& error) {
      notices_.say(error.what(), true);
    }
  return cards_;
}

const claim::Card* Claims::find(const std::string& name) {
  const auto found = std::ranges::find(cards(), name, &claim::Card::name);
  return found == cards_.end() ? nullptr : &*found;
}

void Claims::measure(const std::string& name) {
  const claim::Card* card = find(name);
  if (!card || (work_ && work_->card().name == name)) return;
  stop();
  const auto work = std::make_shared<Work>(*card, corpora_, results_[name]);
  work_ = work;
  executor_.post([work] { return work->advance(); }, Executor::AtEnd::leave);
}

void Claims::stop() {
  if (!work_) return;
  work_->stopped = true;
  tick();
  work_.reset();
}

Claims::Standing Claims::standing(const claim::Card& card) const {
  Standing standing;
  standing.jobs = card.settings.size() * static_cast<std::size_t>(card.seeds);
  std::vector<claim::Result> none;
  const auto found = results_.find(card.name);
  const std::vector<claim::Result>& results = found == results_.end() ? none : found->second;
  standing.done = results.size();
  for (const claim::Result& result : results) standing.seconds += result.seconds;
  standing.measuring = work_ && work_->card().name == card.name;
  standing.progress = (static_cast<double>(standing.done) + (standing.measuring ? work_->of_job.load() : 0)) /
                      static_cast<double>(standing.jobs);
  standing.conditions = claim::judge_so_far(card, results);
  return standing;
}

void Claims::tick() {
  if (!work_) return;
  const bool over = work_->over;  // before its last results are taken
  std::vector<claim::Result>& results = results_[work_->card().name];
  for (claim::Result& result : work_->take_results()) results.push_back(std::move(result));
  if (!over) return;
  if (const std::string problem = work_->problem(); !problem.empty()) notices_.say(problem, true);
  work_.reset();
}

}  // namespace gatescope::ui
