#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/kit/look.h"

namespace gatescope::ui {

/// A dialog in which a file to open, or a name to save under, is chosen. Problems (a folder that cannot be
/// read, a name that is taken) are said in its last line; it throws nothing.
class FileBrowser {
 public:
  enum class Purpose { open, save };
  struct Request {
    Purpose purpose = Purpose::open;
    std::string title = {};
    std::filesystem::path folder = {};  ///< where it begins; empty: where it was, at first the present one
    std::string name = {};              ///< to save under
    std::vector<std::string> extensions =
        {};  ///< ".json"; empty: any. The first is added to a name without one
    /// Whether a text that is typed or pasted as a path is none, and taken as it is; empty: never.
    std::function<bool(std::string_view)> takes = {};
  };

  void open(Request request);
  /// At the end of the next frame that draws it.
  void close() { closing_ = is_open(); }
  bool is_open() const { return state_ != State::closed; }

  /// Draws it where it is open. The path in the frame in which one was chosen; saving over a file that is
  /// there was confirmed.
  std::optional<std::filesystem::path> draw(const Look& look);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Entry {
    std::string name;
    bool is_folder = false;
    std::uintmax_t size = 0;
  };
  enum class State { closed, opening, shown };

  void go(const std::filesystem::path& folder);
  void read_folder();
  void type_path(std::string text);
  void choose(const std::filesystem::path& path);
  void accept();
  void draw_places(const Look& look);
  void draw_entries(const Look& look, float height);
  void draw_entry(const Look& look, int index);
  void draw_name(const Look& look);
  void draw_end(const Look& look);
  void act_on_keys(const Look& look);
  void select(int index);

  Request request_;
  State state_ = State::closed;
  std::filesystem::path folder_;
  std::vector<Entry> entries_;
  std::string name_, problem_;
  int selected_ = -1;
  bool hidden_ = false, all_files_ = false;
  bool closing_ = false;
  bool show_selected_ = false, went_ = false, cancelled_ = false;
  std::optional<std::filesystem::path> confirm_;  ///< a file that is there and would be written over
  std::optional<std::filesystem::path> chosen_;
};

}  // namespace gatescope::ui
