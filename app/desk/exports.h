#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/desk/editor.h"
#include "app/desk/executor.h"
#include "app/export/figure_file.h"

namespace gatescope::ui {

/// A figure that is to be written. Version and kind come from the path.
struct ExportOrder {
  std::filesystem::path path;
  std::string view;
  plot::Size size;
  plot::ThemeName theme;
  double scale = 2;                      // pixels a point of a PNG
  bool with_model = true;                // the models beside it, so that it can be made again
  std::optional<double> font_size = {};  // of labels, in points; without one the page says it
  bool print = false;                    // colours that can be told apart in greyscale
  bool svg_text = false;                 // text of an SVG as text, not as outlines
  bool csv_bom = false;                  // a table with a byte-order mark
};

/// Figures on their way to files, one at a time, each a job of many pieces.
class Exports {
 public:
  Exports(std::filesystem::path folder, std::string program, Executor& executor, Editor& editor,
          Notices& notices);
  ~Exports();

  void begin(const ExportOrder& order);
  /// A name that says what the figure is and that no file in the export folder has.
  std::filesystem::path new_path(const std::string& view, const std::string& extension) const;
  bool writing() const { return export_ != nullptr; }
  double progress() const;
  void cancel();
  void wait();
  /// Tells what was written.
  void tick();

 private:
  class Export;

  std::filesystem::path folder_;
  std::string program_;  // name, version and commit
  Executor& executor_;
  Editor& editor_;
  Notices& notices_;
  std::shared_ptr<Export> export_;  // with its job
};

}  // namespace gatescope::ui
