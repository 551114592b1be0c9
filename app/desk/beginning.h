#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "app/desk/files.h"
#include "core/session/kept_sessions.h"

namespace gatescope::ui {

/// What the window begins with: the paths, else the last session, else the default preset. Where crashes left
/// sessions behind, that waits until they are answered for: nothing trains before.
class Beginning {
 public:
  Beginning(const Folders& folders, Editor& editor, Files& files, Notices& notices);

  void start(std::vector<std::filesystem::path> paths, OpenOptions options = {});
  /// Sessions that crashes left behind and nobody answered for, newest first.
  const std::vector<session::LeftBehind>& left_behind() const { return left_behind_; }
  /// Whether nobody answered yet: there is nothing of anybody's.
  bool asking() const { return asking_; }
  /// Opens one of them, under a name of its own; the others come again at the next start.
  void open_left_behind(std::size_t number);
  /// Puts one of them where it stays for a while.
  void throw_away_left_behind(std::size_t number);
  /// All of them come again at the next start.
  void keep_left_behind();

  /// After the files' tick, which says whether what it read could be opened.
  void tick(bool loaded);

 private:
  void open_first();
  void set_last_session_aside();

  const Folders& folders_;
  Editor& editor_;
  Files& files_;
  Notices& notices_;
  std::vector<session::LeftBehind> left_behind_;
  std::vector<std::filesystem::path> first_paths_;  // to be opened when those are answered for
  OpenOptions first_options_;
  bool asking_ = false;
  bool opening_last_ = false;  // the last session, by itself
};

}  // namespace gatescope::ui
