#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/desk/executor.h"
#include "core/error.h"
#include "core/file_reading.h"

namespace gatescope::ui {

/// Files that are read beside the frames, some milliseconds at a time, and what is made of their bytes.
template <class Result>
class FilesReading {
 public:
  using Make = std::function<Result(std::vector<std::string> bytes)>;  // in the order of the paths

  void begin(Executor& executor, const std::vector<std::filesystem::path>& paths, Make make) {
    forget();
    job_ = std::make_shared<Job>(paths, std::move(make));
    result_ = job_->result.get_future();
    executor.post([job = job_] { return job->advance(); }, Executor::AtEnd::leave);
  }
  /// Something is being read, or is there to be taken.
  bool valid() const { return result_.valid(); }
  bool ready() const { return is_ready(result_); }
  /// Throws what reading it or making something of it threw.
  Result take() {
    job_ = nullptr;
    return std::exchange(result_, {}).get();
  }
  /// Nobody has to wait for what is on its way: it ends with its next piece.
  void forget() {
    if (job_) job_->forgotten = true;
    job_ = nullptr;
    result_ = {};
  }
  /// In [0, 1].
  double progress() const { return job_ ? job_->progress.load() : 0; }

 private:
  struct Job {
    Job(const std::vector<std::filesystem::path>& paths, Make make_of) : make(std::move(make_of)) {
      for (const auto& path : paths) readings.emplace_back(path);
    }

    bool advance() {
      try {
        if (forgotten) fail("nobody waits for it");
        if (bytes.size() < readings.size()) {
          FileReading& reading = readings[bytes.size()];
          const bool more = reading.advance();
          progress =
              (static_cast<double>(bytes.size()) + reading.progress()) / static_cast<double>(readings.size());
          if (!more) bytes.push_back(reading.take());
          return true;
        }
        result.set_value(make(std::move(bytes)));
      } catch (...) {
        result.set_exception(std::current_exception());
      }
      return false;
    }

    std::vector<FileReading> readings;
    std::vector<std::string> bytes;
    Make make;
    std::promise<Result> result;
    std::atomic<double> progress{0};
    std::atomic<bool> forgotten{false};
  };

  std::shared_ptr<Job> job_;
  std::future<Result> result_;
};

}  // namespace gatescope::ui
