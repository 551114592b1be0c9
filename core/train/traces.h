#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/nn/trace.h"

namespace gatescope::train {

/// Traces that shards of one model write one after the other, as many as are written at once. The last one
/// given back is lent first: it is still in a cache.
class Traces {
 public:
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
    if (free_.empty()) {
      auto trace = std::make_unique<nn::Trace<float>>();
      trace->lean = true;
      // Room for its return, which must not fail.
      free_.reserve(static_cast<std::size_t>(++made_));
      return trace;
    }
    auto trace = std::move(free_.back());
    free_.pop_back();
    return trace;
  }
  void put(std::unique_ptr<nn::Trace<float>> trace) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(trace));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<nn::Trace<float>>> free_;
  int made_ = 0;
};

}  // namespace gatescope::train
