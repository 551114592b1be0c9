#include "app/desk/workbench.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/desk/threaded_executor.h"

namespace gatescope::ui {

namespace {

/// How much of a frame goes into jobs where its thread does them.
constexpr std::chrono::milliseconds kJobsInFrame{8};

}  // namespace

Workbench::Workbench(Folders folders, int threads, std::string program, std::unique_ptr<Executor> executor)
    : folders_(std::move(folders)),
      program_(std::move(program)),
      executor_(executor ? std::move(executor) : std::make_unique<ThreadedExecutor>()),
      session_({.threads = threads, .corpora = folders_.corpora}),
      editor_(session_, notices_),
      training_(editor_, notices_),
      forcing_(editor_, notices_),
      replay_(editor_),
      figures_(*executor_),
      files_(folders_, *executor_, session_, editor_, notices_),
      beginning_(folders_, editor_, files_, notices_),
      keeper_(folders_.state, *executor_, session_, editor_, beginning_, notices_),
      exports_(folders_.exports, program_, *executor_, editor_, notices_) {}

void Workbench::act(const Intent& intent) {
  editor_.act(intent);
  if (const auto* open = std::get_if<OpenPreset>(&intent)) files_.open_preset(open->preset);
  if (const auto* open = std::get_if<OpenFiles>(&intent))
    files_.open({open->paths.begin(), open->paths.end()});
  if (const auto* save = std::get_if<SaveSession>(&intent)) files_.save_session(save->path);
}

void Workbench::tick(double seconds) {
  notices_.tick(seconds);
  editor_.take_snapshot(seconds);
  editor_.fit_choices();
  replay_.tick(seconds);
  editor_.send_probe();
  jobs_wait_ = executor_->advance(kJobsInFrame);
  exports_.tick();
  beginning_.tick(files_.tick());
  keeper_.tick();
}

void Workbench::wait_for_files() {
  beginning_.tick(files_.wait());
}

bool Workbench::moving() const {
  const session::Snapshot& now = shown().now();
  return replay_.playing() || replay_.pulse_playing() || now.training || exports_.writing() ||
         files_.loading() || !now.busy.empty();
}

double Workbench::wakes_in() const {
  if (jobs_wait_) return 0;
  return std::min(files_.loading() ? 0.1 : 60.0, keeper_.wakes_in());
}

}  // namespace gatescope::ui
