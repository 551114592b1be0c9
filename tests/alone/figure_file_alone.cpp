// What a host without cairo brings to write figures with: tables, and of a replay the table of every step.
#include <ostream>
#include <sstream>

#include "app/export/figure_file.h"
#include "core/error.h"
#include "core/figure/make_figure.h"
#include "core/files.h"
#include "core/plot/csv.h"

namespace gatescope::app {

FileKind file_kind(const std::filesystem::path& path) {
  if (path.extension() == ".csv") return FileKind::csv;
  if (path.extension() == ".gif") return FileKind::gif;
  fail("'{}': tables are written here, expected a name that ends with .csv", path.string());
}

bool moves(FileKind kind) {
  return kind == FileKind::gif;
}

std::string export_figure(const std::filesystem::path& path, FileKind, const figure::FigureRequest&,
                          const plot::Figure& figure, const Fonts&, bool) {
  write_file(path, [&](std::ostream& out) { plot::write_csv(out, figure); });
  return {};
}

struct ReplayExport::State {
  std::filesystem::path path;
  const figure::FigureRequest& request;
  const figure::Material& material;
  std::function<void(double)> progress;
  std::vector<int> steps = {};
  std::size_t next = 0;
  std::ostringstream tables = {};
  std::string left_out = {};
};

ReplayExport::ReplayExport(std::filesystem::path path, FileKind, const figure::FigureRequest& request,
                           const figure::Material& material, const Fonts&, const Replay&,
                           std::function<void(double)> progress)
    : state_(new State{std::move(path), request, material, std::move(progress)}) {
  state_->steps = figure::replay_steps(request, material);
}

ReplayExport::~ReplayExport() = default;

bool ReplayExport::advance() {
  State& s = *state_;
  s.progress(static_cast<double>(s.next) / static_cast<double>(s.steps.size()));
  plot::write_csv(s.tables, figure::make_figure(s.request, s.material, s.steps[s.next]));
  if (++s.next < s.steps.size()) return true;
  write_file(s.path, s.tables.str());
  return false;
}

const std::string& ReplayExport::left_out() const {
  return state_->left_out;
}

}  // namespace gatescope::app
