// For a host with one thread: all is done by advance(), settle() and whoever asks.
#include <utility>

#include "core/session/session.h"

namespace gatescope::session {
namespace {

template <class Make>
auto answer(Make make) {
  std::promise<decltype(make())> promise;
  try {
    promise.set_value(make());
  } catch (...) {
    promise.set_exception(std::current_exception());
  }
  return promise.get_future();
}

}  // namespace

struct Session::Worker {
  explicit Worker(SessionOptions options) : learner(std::move(options)) {}

  Learner learner;
  std::uint64_t commands = 0;  // sent
  std::optional<Clock::time_point> next = Clock::now();
};

Session::Session(SessionOptions options) : worker_(std::make_unique<Worker>(std::move(options))) {}

Session::~Session() = default;

std::uint64_t Session::send(Command command) {
  worker_->learner.carry_out(std::move(command));
  worker_->next = Clock::now();
  return ++worker_->commands;
}

std::shared_ptr<const Snapshot> Session::latest() {
  return worker_->learner.snapshot();
}

std::future<Capture> Session::capture() {
  return answer([this] { return worker_->learner.capture(); });
}

std::future<std::vector<checkpoint::ModelFile>> Session::model_files() {
  return answer([this] { return worker_->learner.model_files(); });
}

std::shared_ptr<const Snapshot> Session::settle(bool until_paused) {
  Learner& learner = worker_->learner;
  while (worker_->next && (!learner.settled() || (until_paused && learner.training())))
    worker_->next = learner.advance({});
  return learner.snapshot();
}

void Session::advance(Clock::duration budget) {
  if (!worker_->next || *worker_->next > Clock::now()) return;
  worker_->learner.set_watched(true);
  worker_->next = worker_->learner.advance(budget);
}

}  // namespace gatescope::session
