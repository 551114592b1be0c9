#include "core/session/session.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "core/session/latest.h"

namespace gatescope::session {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;  // clang 14 does not deduce it by itself

template <class T, class Make>
void answer(std::promise<T>& promise, Make make) {
  try {
    promise.set_value(make());
  } catch (...) {
    promise.set_exception(std::current_exception());
  }
}

}  // namespace

struct Session::Worker {
  using Job = std::variant<Command, std::promise<Capture>, std::promise<std::vector<checkpoint::ModelFile>>>;
  class Background;

  explicit Worker(SessionOptions options);
  ~Worker();

  /// The number of commands sent.
  std::uint64_t push(Job job);
  std::shared_ptr<const Snapshot> settle(bool until_paused);

  Latest<Snapshot> latest_;

 private:
  // On its thread.
  void work(SessionOptions options);
  bool wait_for_work(std::optional<Clock::time_point> next);
  void carry_out_jobs(Learner& learner);
  void carry_out(Learner& learner, Job job);
  void publish(const Learner& learner);
  void tell_who_waits(const Learner& learner);

  std::shared_ptr<const Snapshot> published_;  // the newest, on the thread
  std::uint64_t taken_ = 0;                    // jobs, on the thread

  std::mutex mutex_;  // of what follows
  std::condition_variable wake_, settled_;
  std::deque<Job> jobs_;
  std::uint64_t commands_ = 0;         // sent
  std::uint64_t sent_ = 0, done_ = 0;  // jobs; `done_` counts those whose snapshot is out
  bool paused_ = true;                 // no training is going on
  bool background_is_back_ = false;    // with a reading
  bool quit_ = false;
  std::thread thread_;
};

/// Threads for what takes long; each wakes the session when it is done. Its end waits for all of them.
class Session::Worker::Background {
 public:
  explicit Background(Worker& worker) : worker_(worker) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    for (Each& each : threads_) each.thread.join();
  }

  void run(std::function<void()> work) {
    std::erase_if(threads_, [](Each& each) {
      if (!each.done) return false;
      each.thread.join();
      return true;
    });
    Each& each = threads_.emplace_back();
    each.thread = std::thread([this, &each, work = std::move(work)]() mutable {
      work();
      work = nullptr;
      {
        const std::scoped_lock lock(worker_.mutex_);
        worker_.background_is_back_ = true;
      }
      worker_.wake_.notify_all();
      each.done = true;
    });
  }

 private:
  struct Each {
    std::thread thread;
    std::atomic<bool> done{false};
  };
  Worker& worker_;
  std::list<Each> threads_;
};

void Session::Worker::work(SessionOptions options) {
  Background background(*this);
  Learner learner(std::move(options), [&](std::function<void()> work) { background.run(std::move(work)); });
  std::optional<Clock::time_point> next;
  while (wait_for_work(next)) {
    carry_out_jobs(learner);
    learner.set_watched(latest_.taken());
    next = learner.advance({});  // one piece, so that no command waits for more
    publish(learner);
    tell_who_waits(learner);
  }
}

/// False: the end.
bool Session::Worker::wait_for_work(std::optional<Clock::time_point> next) {
  std::unique_lock lock(mutex_);
  const auto something = [&] { return quit_ || background_is_back_ || !jobs_.empty(); };
  if (next)
    wake_.wait_until(lock, *next, something);
  else
    wake_.wait(lock, something);
  background_is_back_ = false;
  return !quit_;
}

void Session::Worker::carry_out_jobs(Learner& learner) {
  std::unique_lock lock(mutex_);
  while (!jobs_.empty() && !quit_) {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    ++taken_;
    lock.unlock();
    carry_out(learner, std::move(job));
    publish(learner);  // what takes long is announced
    lock.lock();
  }
}

void Session::Worker::carry_out(Learner& learner, Job job) {
  std::visit(
      Overloaded{[&](Command& command) { learner.carry_out(std::move(command)); },
                 [&](std::promise<Capture>& promise) { answer(promise, [&] { return learner.capture(); }); },
                 [&](std::promise<std::vector<checkpoint::ModelFile>>& promise) {
                   answer(promise, [&] { return learner.model_files(); });
                 }},
      job);
}

void Session::Worker::publish(const Learner& learner) {
  if (learner.snapshot() == published_) return;
  published_ = learner.snapshot();
  latest_.publish(published_);
}

/// Everything carried out so far is in the snapshot that is out.
void Session::Worker::tell_who_waits(const Learner& learner) {
  if (!learner.settled()) return;
  {
    const std::scoped_lock lock(mutex_);
    paused_ = !learner.training();
    done_ = taken_;
  }
  settled_.notify_all();
}

Session::Worker::Worker(SessionOptions options) {
  latest_.publish(std::make_shared<Snapshot>());
  thread_ = std::thread([this, options = std::move(options)]() mutable { work(std::move(options)); });
}

Session::Worker::~Worker() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  settled_.notify_all();
  thread_.join();
}

std::uint64_t Session::Worker::push(Job job) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (std::holds_alternative<Command>(job)) ++commands_;
    jobs_.push_back(std::move(job));
    ++sent_;
    number = commands_;
  }
  wake_.notify_all();
  return number;
}

std::shared_ptr<const Snapshot> Session::Worker::settle(bool until_paused) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = sent_;
  settled_.wait(lock, [&] { return quit_ || (done_ >= wanted && (!until_paused || paused_)); });
  lock.unlock();
  return latest_.get();
}

Session::Session(SessionOptions options) : worker_(std::make_unique<Worker>(std::move(options))) {}

Session::~Session() = default;

std::uint64_t Session::send(Command command) {
  return worker_->push(std::move(command));
}

std::future<Capture> Session::capture() {
  std::promise<Capture> promise;
  auto future = promise.get_future();
  worker_->push(std::move(promise));
  return future;
}

std::future<std::vector<checkpoint::ModelFile>> Session::model_files() {
  std::promise<std::vector<checkpoint::ModelFile>> promise;
  auto future = promise.get_future();
  worker_->push(std::move(promise));
  return future;
}

std::shared_ptr<const Snapshot> Session::latest() {
  return worker_->latest_.get();
}

std::shared_ptr<const Snapshot> Session::settle(bool until_paused) {
  return worker_->settle(until_paused);
}

void Session::advance(Clock::duration) {}

}  // namespace gatescope::session
