// What the page writes of figures: tables. Pictures need cairo, which it does not have yet.
#include "app/export/figure_file.h"

#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/plot/csv.h"

namespace gatescope::app {

FileKind file_kind(const std::filesystem::path& path) {
  if (path.extension() == ".csv") return FileKind::csv;
  fail("'{}': this page writes a figure's numbers (.csv); the desktop program writes its picture, too",
       path.filename().string());
}

bool moves(FileKind) {
  return false;
}

std::string export_figure(const std::filesystem::path& path, FileKind, const figure::FigureRequest&,
                          const plot::Figure& figure, const Fonts&, bool byte_order_mark) {
  write_file(path, [&](std::ostream& out) {
    if (byte_order_mark) out << "\xEF\xBB\xBF";
    plot::write_csv(out, figure);
  });
  return {};
}

struct ReplayExport::State {
  std::string left_out;
};

ReplayExport::ReplayExport(std::filesystem::path path, FileKind, const figure::FigureRequest&,
                           const figure::Material&, const Fonts&, const Replay&,
                           std::function<void(double)>) {
  fail("'{}': this page writes no moving pictures", path.filename().string());
}

ReplayExport::~ReplayExport() = default;

bool ReplayExport::advance() {
  return false;
}

const std::string& ReplayExport::left_out() const {
  return state_->left_out;
}

}  // namespace gatescope::app
