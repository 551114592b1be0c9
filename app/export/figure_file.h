#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/type/fonts.h"
#include "core/figure/material.h"

namespace gatescope::app {

enum class FileKind { svg, pdf, png, csv, gif, mp4 };

/// By the extension, in any case. Throws Error that names the path and the extensions there are.
FileKind file_kind(const std::filesystem::path& path);
/// By its name: "svg". Throws Error that says which there are.
FileKind kind_named(std::string_view name);
/// Whether it has many pictures.
bool moves(FileKind kind);

/// Writes the figure of a request as a picture or a table, whole or not at all; a table with a byte-order
/// mark, by which spreadsheets know UTF-8, where one is wanted. Says what found no room in the picture, as
/// figure::about_left_out does.
std::string export_figure(const std::filesystem::path& path, FileKind kind,
                          const figure::FigureRequest& request, const plot::Figure& figure,
                          const Fonts& fonts, bool byte_order_mark = false);

struct Replay {
  int most_frames = 240;  // longer texts are shown at steps evenly apart, the last one among them
  double frames_per_second = 12;
  double rest = 1.5;  // seconds that the last frame stays before it begins again
  double scale = 1;   // pixels a point
};

/// At most `most` of the steps, evenly apart, the first and the last among them.
std::vector<int> thinned(const std::vector<int>& steps, int most);

/// export_replay a piece at a time, to the same bytes.
class ReplayExport {
 public:
  /// What is pointed to outlives it. Throws Error for a view without steps.
  ReplayExport(std::filesystem::path path, FileKind kind, const figure::FigureRequest& request,
               const figure::Material& material, const Fonts& fonts, const Replay& replay,
               std::function<void(double fraction)> progress);
  ReplayExport(const ReplayExport&) = delete;
  ReplayExport& operator=(const ReplayExport&) = delete;
  ~ReplayExport();

  /// A figure made, or laid out and painted, some milliseconds of work. False: the file is written.
  bool advance();
  /// What found no room in any of the frames, after the last piece.
  const std::string& left_out() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes the view's replay as a GIF or an MP4, whole or not at all. `progress` is called before each frame
/// with the fraction of the work done; what it throws ends the work and comes through. Says what found no
/// room in any of the frames.
std::string export_replay(const std::filesystem::path& path, FileKind kind,
                          const figure::FigureRequest& request, const figure::Material& material,
                          const Fonts& fonts, const Replay& replay,
                          const std::function<void(double fraction)>& progress);

}  // namespace gatescope::app
