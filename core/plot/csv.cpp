#include "core/plot/csv.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <optional>
#include <ostream>
#include <sstream>
#include <string_view>

namespace gatescope::plot {
namespace {

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value > 0 ? "inf" : "-inf";
  } else if (const auto single = static_cast<float>(value); static_cast<double>(single) == value) {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), single);
  } else {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), value);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string quantity(const Axis& axis) {
  return axis.unit.empty()    ? axis.title
         : axis.title.empty() ? axis.unit
                              : axis.title + " (" + axis.unit + ")";
}

// The axis' quantity where all panels have the same.
std::optional<std::string> common(const Figure& figure, Axis Panel::*axis) {
  if (figure.panels.empty()) return "";
  std::optional<std::string> all;
  for (const auto& panel : figure.panels) {
    const auto own = quantity(panel.*axis);
    if (all && *all != own) return std::nullopt;
    all = own;
  }
  return all;
}

/// The table on its way to a stream.
class Table {
 public:
  Table(std::ostream& out, const Figure& figure)
      : out_(out), x_(common(figure, &Panel::x)), y_(common(figure, &Panel::y)) {
    waiting_ = "panel,mark,series," + csv_field(x_ && !x_->empty() ? *x_ : "x") + "," +
               csv_field(y_ && !y_->empty() ? *y_ : "y") + ",value,label" + (x_ ? "" : ",x_quantity") +
               (y_ ? "" : ",y_quantity") + "\n";
  }

  void panel(const Panel& panel, std::size_t index) {
    panel_ = csv_field(panel.title.empty() ? std::to_string(index + 1) : panel.title);
    tail_.clear();
    for (const auto& [common, axis] : {std::pair{&x_, &panel.x}, {&y_, &panel.y}}) {
      if (*common) continue;
      tail_ += ',';
      tail_ += csv_field(quantity(*axis));
    }
    tail_ += '\n';
  }
  void mark(const char* kind, const std::string& series) {
    head_ = panel_ + "," + kind + "," + csv_field(series) + ",";
  }

  void row(std::optional<double> x, std::optional<double> y, std::optional<double> value = {},
           const std::string& label = "") {
    waiting_ += head_;
    for (const auto& v : {x, y, value}) {
      if (v) append_number(waiting_, *v);
      waiting_ += ',';
    }
    append_quoted(waiting_, label);
    waiting_ += tail_;
    if (waiting_.size() > kPiece) flush();
  }
  void flush() {
    out_.write(waiting_.data(), static_cast<std::streamsize>(waiting_.size()));
    waiting_.clear();
  }

 private:
  static constexpr std::size_t kPiece = 1 << 16;
  std::ostream& out_;
  std::optional<std::string> x_, y_;
  std::string waiting_, panel_, head_, tail_;
};

double x_at(const std::vector<double>& x, std::size_t i) {
  return i < x.size() ? x[i] : double(i);
}

/// Of a panel over steps those alone that the figure shows, where they are among the panel's own.
std::optional<Steps> shown_steps(const Figure& figure, const Panel& panel) {
  if (!figure.steps || panel.x.counts != Counts::steps || !panel.x.numbers.empty()) return std::nullopt;
  const double low = figure.steps->first - 0.5, high = figure.steps->last + 0.5;
  const bool within = low >= panel.x.low.value_or(low) - 1e-6 && high <= panel.x.high.value_or(high) + 1e-6;
  return within ? figure.steps : std::nullopt;
}

struct Rows {
  Table& table;
  const Panel& panel;
  std::optional<Steps> steps = {};  ///< the rows of these alone; none: all

  bool shown(double x) const { return !steps || (x >= steps->first - 0.5 && x <= steps->last + 0.5); }

  void points(const std::vector<double>& x, const std::vector<double>& y,
              const std::vector<double>& values = {}) const {
    for (std::size_t i = 0; i < y.size(); ++i)
      if (shown(x_at(x, i)))
        table.row(x_at(x, i), y[i], i < values.size() ? std::optional(values[i]) : std::nullopt);
  }
  void operator()(const Line& m) const {
    table.mark("line", m.name);
    points(m.x, m.y, m.color_by);
  }
  void operator()(const Scatter& m) const {
    table.mark("point", m.name);
    points(m.x, m.y, m.color_by);
  }
  void operator()(const Band& m) const {
    table.mark("band low", m.name);
    points(m.x, m.low);
    table.mark("band high", m.name);
    points(m.x, m.high);
  }
  void operator()(const Heatmap& m) const {
    table.mark("cell", m.name);
    if (m.values.empty()) return;
    // What the axis calls a row: a class, a model, a chosen unit.
    const auto row_name = [&](double y) -> std::string {
      for (const Tick& tick : panel.y.ticks)
        if (tick.at == y) return tick.label;
      return "";
    };
    for (int r = 0; r < m.values.rows; ++r) {
      const std::string name = m.labels.empty() ? row_name(m.y0 + r * m.dy) : "";
      for (int c = 0; c < m.values.columns; ++c) {
        if (!shown(m.x0 + c * m.dx)) continue;
        const auto i = std::size_t(r) * std::size_t(m.values.columns) + std::size_t(c);
        table.row(m.x0 + c * m.dx, m.y0 + r * m.dy, m.values.at(r, c),
                  i < m.labels.size() ? m.labels[i] : name);
      }
    }
  }
  void operator()(const Bars& m) const {
    table.mark("bar", m.name);
    for (std::size_t i = 0; i < m.values.size(); ++i) {
      const std::string label = i < m.categories.size() ? m.categories[i] : "";
      if (m.horizontal)
        table.row(m.values[i], double(i), {}, label);
      else
        table.row(double(i), m.values[i], {}, label);
    }
  }
  void operator()(const TextStrip& m) const {
    table.mark("character", m.name);
    for (std::size_t i = 0; i < m.characters.size(); ++i)
      if (shown(double(i)))
        table.row(double(i), {}, i < m.values.size() ? std::optional(m.values[i]) : std::nullopt,
                  m.characters[i]);
  }
  void operator()(const Spans& m) const {
    for (const auto& [from, to] : m.intervals) {
      if (steps && !m.along_y && (to <= steps->first - 0.5 || from >= steps->last + 0.5)) continue;
      for (const auto& [kind, at] : {std::pair{"span start", from}, std::pair{"span end", to}}) {
        table.mark(kind, m.name);
        m.along_y ? table.row({}, at) : table.row(at, {});
      }
    }
  }
  void operator()(const Note& m) const {
    if (!shown(m.x)) return;
    table.mark("note", "");
    table.row(m.x, m.y, {}, m.text);
  }
  void operator()(const Rule& m) const {
    if (m.vertical && !shown(m.at)) return;
    table.mark("rule", "");
    m.vertical ? table.row(m.at, {}, {}, m.label) : table.row({}, m.at, {}, m.label);
  }
  void operator()(const Arrow& m) const {
    table.mark("arrow start", "");
    table.row(m.x0, m.y0);
    table.mark("arrow end", "");
    table.row(m.x1, m.y1);
  }
  void operator()(const Diagram& m) const {
    for (const auto& q : m.quantities) {
      table.mark("quantity", q.name);
      table.row({}, {}, q.value, q.symbol);
      if (!q.raw) continue;
      table.mark("before forcing", q.name);
      table.row({}, {}, *q.raw, q.symbol);
    }
  }
  void operator()(const Columns& m) const {
    table.mark("column", m.name);
    points(m.x, m.values);
  }
  void operator()(const Chain& m) const {
    for (const Chain::Lane& lane : m.lanes) {
      table.mark("arrow", lane.name);
      points(m.x, lane.flows);
    }
  }
  void operator()(const Links& m) const {
    for (const Links::Link& link : m.links) {
      if (!shown(link.x0) && !shown(link.x1)) continue;
      table.mark("link start", m.name);
      table.row(link.x0, link.y0, link.flow);
      table.mark("link end", m.name);
      table.row(link.x1, link.y1, link.flow);
    }
    for (const Links::Spot& spot : m.spots) {
      if (!shown(spot.x)) continue;
      table.mark("place", m.name);
      table.row(spot.x, spot.y, {}, spot.text);
    }
  }
  void operator()(const Cursor&) const {}  // where one looks is no data
};

}  // namespace

void write_csv(std::ostream& out, const Figure& figure) {
  Table table(out, figure);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    table.panel(figure.panels[i], i);
    const Rows rows{table, figure.panels[i], shown_steps(figure, figure.panels[i])};
    for (const auto& mark : figure.panels[i].marks) std::visit(rows, mark);
  }
  table.flush();
}

std::string csv_field(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

std::string to_csv(const Figure& figure) {
  std::ostringstream out;
  write_csv(out, figure);
  return std::move(out).str();
}

}  // namespace gatescope::plot
