#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "app/desk/beginning.h"
#include "app/desk/editor.h"
#include "app/desk/executor.h"
#include "core/clock.h"
#include "core/session/kept_sessions.h"

namespace gatescope::ui {

/// Keeps the session where it is found after a crash.
class SessionKeeper {
 public:
  SessionKeeper(std::filesystem::path folder, Executor& executor, session::Session& session, Editor& editor,
                const Beginning& beginning, Notices& notices)
      : folder_(std::move(folder)),
        executor_(executor),
        session_(session),
        editor_(editor),
        beginning_(beginning),
        notices_(notices),
        kept_(folder_) {}

  /// Keeps it now. False where it cannot be; a message says why.
  bool keep();
  /// The same for good: the next start opens it again. Throws Error where it cannot be kept; then nothing is
  /// lost, and what was kept before stays.
  void end();
  std::filesystem::path last_session() const { return session::last_session_in(folder_); }

  /// Keeps it shortly after whatever a person does, and now and then while training goes on.
  void tick();
  /// Seconds until tick() has something to do though nothing comes in.
  double wakes_in() const;

 private:
  void gather();
  void wait_for_writing();
  bool differs_from_kept() const;
  double due_in() const;
  void remember();
  void cannot_keep(const std::string& why);

  std::filesystem::path folder_;  // empty: nothing is kept
  Executor& executor_;
  session::Session& session_;
  Editor& editor_;
  const Beginning& beginning_;
  Notices& notices_;
  session::KeptSession kept_;
  Document kept_document_, acted_document_;
  std::uint64_t kept_updates_ = 0;
  bool kept_training_ = false, kept_once_ = false;
  Clock::time_point kept_at_ = Clock::now(), beat_at_ = kept_at_;  // when it was begun last
  double kept_cost_ = 0;                                           // seconds it took
  std::optional<Clock::time_point> acted_from_, acted_at_;         // first and last act that is not kept yet
  std::string keep_problem_;                                       // that was told
  std::future<session::Capture> keeping_;
  std::future<void> writing_;  // a job
};

}  // namespace gatescope::ui
