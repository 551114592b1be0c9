#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/nn/trace.h"

namespace gatescope::train {

/// Traces that shards of one model write one after the other, as many as can be written at once: what a shard
/// wrote is still in a cache when the next one writes there. They are lent in turn, so that all have got
/// their memory early.
class Traces {
 public:
  /// No more than `count` are lent at once.
  explicit Traces(int count) {
    for (int k = 0; k < count; ++k) {
      free_.push_back(std::make_unique<nn::Trace<float>>());
      free_.back()->lean = true;
    }
  }

  /// One that is given back when this ends.
  class Lent {
   public:
    explicit Lent(Traces& owner) : owner_(owner), trace_(owner.take()) {}
    ~Lent() { owner_.put(std::move(trace_)); }
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;

    nn::Trace<float>& operator*() { return *trace_; }

   private:
    Traces& owner_;
    std::unique_ptr<nn::Trace<float>> trace_;
  };

 private:
  std::unique_ptr<nn::Trace<float>> take() {
    const std::lock_guard lock(mutex_);
    auto trace = std::move(free_.front());
    free_.erase(free_.begin());
    return trace;
  }
  void put(std::unique_ptr<nn::Trace<float>> trace) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(trace));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<nn::Trace<float>>> free_;
};

}  // namespace gatescope::train
