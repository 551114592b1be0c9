#include "core/session/probe_reading.h"

#include <new>
#include <utility>

namespace gatescope::session {
namespace {

constexpr double kPiece = 2e7;  // multiplications

}  // namespace

ProbeReading::ProbeReading(std::vector<ProbedModel> models, observe::Alphabet alphabet,
                           std::shared_ptr<const task::Task> task, Probe probe, std::uint64_t seed,
                           bool writing)
    : alphabet_(std::move(alphabet)),
      task_(std::move(task)),
      probe_(std::move(probe)),
      seed_(seed),
      writing_(writing) {
  check_probe(models, probe_);
  for (const ProbedModel& model : models)
    models_.push_back({model.name, copy_of(*model.network), model.rules});
}

bool ProbeReading::advance() {
  if (over_) return false;
  try {
    if (!reader_) {
      reader_ = std::make_unique<ProbeReader>(std::move(models_), alphabet_, task_.get(), probe_, seed_,
                                              writing_, watch_.get());
    }
    if (reader_->advance(kPiece)) return true;
    readings_ = std::make_shared<Readings>(reader_->take());
  } catch (const trace::Stopped&) {
    // Nobody waits for it.
  } catch (const std::exception& error) {
    problem_ = problem_of_reading(error);
  }
  reader_ = nullptr;
  over_ = true;
  return false;
}

void ProbeReading::stop() {
  watch_->stop();
}

double ProbeReading::progress() const {
  return watch_->progress();
}

std::string problem_of_reading(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error))
    return "there is not enough memory for this probe: choose a shorter one";
  return error.what();
}

}  // namespace gatescope::session
