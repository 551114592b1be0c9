#include "core/session/probe_reading.h"

#include <iterator>
#include <new>
#include <utility>

namespace gatescope::session {
namespace {

template <class T>
void append(std::vector<T> from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

ProbeReading::ProbeReading(std::vector<ProbedModel> models, observe::Alphabet alphabet,
                           std::shared_ptr<const task::Task> task, Probe probe, std::uint64_t seed,
                           bool writing)
    : models_(std::move(models)),
      alphabet_(std::move(alphabet)),
      task_(std::move(task)),
      probe_(std::move(probe)),
      seed_(seed),
      writing_(writing),
      watches_(models_.size()) {
  check_probe(models_, probe_);       // all of them together
  networks_.reserve(models_.size());  // pointers go into it
  for (ProbedModel& model : models_) {
    nn::Network<float>& copy = networks_.emplace_back(model.network->spec(), model.network->interface());
    copy.parameters() = model.network->parameters();
    model.network = &copy;
  }
}

bool ProbeReading::advance() {
  if (next_ == models_.size()) return false;
  try {
    read_next();
    return ++next_ < models_.size();
  } catch (const trace::Stopped&) {
    // Nobody waits for it.
  } catch (const std::exception& error) {
    problem_ = problem_of_reading(error);
  }
  readings_ = nullptr;
  next_ = models_.size();
  return false;
}

void ProbeReading::read_next() {
  Readings read =
      read_probe({&models_[next_], 1}, alphabet_, task_.get(), probe_, seed_, writing_, &watches_[next_]);
  readings_->probe = std::move(read.probe);
  readings_->characters = std::move(read.characters);
  append(std::move(read.writes), readings_->writes);
  append(std::move(read.observations), readings_->observations);
  append(std::move(read.at_step), readings_->at_step);
}

void ProbeReading::stop() {
  for (trace::Watch& watch : watches_) watch.stop();
}

double ProbeReading::progress() const {
  double sum = 0;
  for (const trace::Watch& watch : watches_) sum += watch.progress();
  return sum / static_cast<double>(watches_.size());
}

std::string problem_of_reading(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error))
    return "there is not enough memory for this probe: choose a shorter one";
  return error.what();
}

}  // namespace gatescope::session
