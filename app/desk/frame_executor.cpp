#include "app/desk/frame_executor.h"

#include <utility>

#include "core/error.h"

namespace gatescope::ui {

FrameExecutor::~FrameExecutor() {
  std::erase_if(jobs_, [](const Posted& posted) { return posted.at_end == AtEnd::leave; });
  while (!jobs_.empty()) do_a_piece();
}

void FrameExecutor::post(Job job, AtEnd at_end) {
  jobs_.push_back({std::move(job), at_end});
}

void FrameExecutor::do_a_piece() {
  Posted posted = std::move(jobs_.front());
  jobs_.pop_front();
  if (posted.job()) jobs_.push_back(std::move(posted));
}

void FrameExecutor::wait_until(const std::function<bool()>& done) {
  while (!done()) {
    if (jobs_.empty()) fail("what is waited for is not being done");
    do_a_piece();
  }
}

bool FrameExecutor::advance(Clock::duration budget) {
  const auto end = Clock::now() + budget;
  while (!jobs_.empty()) {
    do_a_piece();
    if (Clock::now() >= end) break;
  }
  return !jobs_.empty();
}

}  // namespace gatescope::ui
