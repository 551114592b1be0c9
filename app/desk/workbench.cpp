#include "app/desk/workbench.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatescope::ui {

namespace {

/// How much of a frame goes into jobs where its thread does them.
constexpr std::chrono::milliseconds kJobsInFrame{8};
constexpr std::chrono::milliseconds kLearningInFrame{10};  // where the session has no thread

}  // namespace

Workbench::Workbench(Folders folders, int threads, std::string program, std::unique_ptr<Executor> executor)
    : folders_(std::move(folders)),
      languages_(folders_.languages, folders_.usual_language),
      program_(std::move(program)),
      executor_(executor ? std::move(executor) : usual_executor()),
      session_({.threads = threads, .corpora = folders_.corpora}),
      editor_(session_, notices_),
      training_(editor_, notices_),
      forcing_(editor_, notices_),
      replay_(editor_),
      figures_(*executor_),
      laboratory_(figures_),
      units_found_(*executor_),
      files_(folders_, *executor_, session_, editor_, notices_),
      beginning_(folders_, editor_, files_, notices_),
      keeper_(folders_.state, *executor_, session_, editor_, beginning_, notices_),
      exports_(folders_.exports, program_, *executor_, editor_, notices_),
      claims_(folders_.presets / "claims", folders_.corpora, *executor_, notices_) {
  for (const std::string& problem : languages_.problems()) notices_.say(problem, true);
}

void Workbench::act(const Intent& intent) {
  editor_.act(intent);
  std::visit([this](const auto& kind) { carry_out(kind); }, intent);
}

void Workbench::follow(const Intent& intent) {
  editor_.follow(intent);
  std::visit([this](const auto& kind) { carry_out(kind); }, intent);
}

void Workbench::carry_out(const OpenPreset& intent) {
  files_.open_preset(intent.preset);
}

void Workbench::carry_out(const OpenClaim& intent) {
  if (const claim::Card* card = claims_.find(intent.claim)) files_.open_claim(*card);
}

void Workbench::carry_out(const OpenFiles& intent) {
  files_.open({intent.paths.begin(), intent.paths.end()});
}

void Workbench::carry_out(const SaveSession& intent) {
  const bool then_quit = editor_.document().window.quit_when_saved;
  if (!files_.save_session(intent.path)) return;
  if (then_quit) editor_.follow(QuitWindow{false});
}

void Workbench::carry_out(const ExportFigure& intent) {
  exports_.begin({.path = intent.path,
                  .view = intent.view,
                  .size = {static_cast<float>(intent.width), static_cast<float>(intent.height)},
                  .theme = intent.theme,
                  .scale = intent.scale,
                  .with_model = intent.with_model,
                  .font_size = intent.font_size,
                  .print = intent.print,
                  .svg_text = intent.svg_text,
                  .csv_bom = intent.csv_bom});
}

void Workbench::carry_out(const AnswerImport& intent) {
  checkpoint::ImportOptions options;
  options.cell = intent.cell;
  options.head = intent.head;
  options.embedding = intent.embedding;
  options.entries = intent.entries;
  if (!intent.vocabulary.empty()) options.vocabulary = intent.vocabulary;
  files_.answer(std::move(options));
}

void Workbench::tick(double seconds) {
  notices_.tick(seconds);
  session_.advance(kLearningInFrame);
  editor_.take_snapshot(seconds);
  editor_.fit_choices();
  replay_.tick(seconds);
  editor_.send_probe();
  jobs_wait_ = executor_->advance(kJobsInFrame);
  exports_.tick();
  claims_.tick();
  beginning_.tick(files_.tick());
  keeper_.tick();
}

void Workbench::wait_for_files() {
  beginning_.tick(files_.wait());
}

bool Workbench::moving() const {
  const session::Snapshot& now = shown().now();
  return replay_.playing() || replay_.pulse_playing() || now.training || exports_.writing() ||
         claims_.measuring() || files_.loading() || !now.busy.empty();
}

double Workbench::wakes_in() const {
  if (jobs_wait_) return 0;
  return std::min(files_.loading() ? 0.1 : 60.0, keeper_.wakes_in());
}

}  // namespace gatescope::ui
