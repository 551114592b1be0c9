// A layer's parameters gate by gate: how many, how large, what their biases say, how far they have come since
// the start. A row a gate in every panel.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/analysis/parameter_rows.h"
#include "core/views/parts.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

using analysis::ParameterRow;

struct ColumnOfTable {
  std::string_view title;
  double (*value)(const ParameterRow&);
};

constexpr std::array<ColumnOfTable, 7> kColumns{{
    {"parameters", [](const ParameterRow& row) { return static_cast<double>(row.count); }},
    {"× a plain RNN", [](const ParameterRow& row) { return row.times_rnn; }},
    {"‖W‖ of the input", [](const ParameterRow& row) { return row.input_norm; }},
    {"‖U‖ of own channels", [](const ParameterRow& row) { return row.recurrent_norm; }},
    {"mean bias", [](const ParameterRow& row) { return row.mean_bias; }},
    {"τ at rest, steps", [](const ParameterRow& row) { return row.time_constant; }},
    {"moved", [](const ParameterRow& row) { return row.drift; }},
}};

/// Its words do not break: categories show plain spaces as signs, as they may be characters that were read.
std::string name_of_row(const nn::CellInfo& cell, const ParameterRow& row) {
  if (row.channel == nn::kNone) return std::string(cell.parameters[row.parameter].name);
  std::string name;
  for (const char c : whole_title_of(cell.channels[row.channel]))
    name += c == ' ' ? "\u00a0" : std::string(1, c);
  return name;
}

/// One column of the table; none where no row has such a number.
std::optional<Panel> column(const nn::CellInfo& cell, const std::vector<ParameterRow>& rows,
                            const ColumnOfTable& of) {
  Bars bars{.ink = {InkRole::muted}, .horizontal = true, .show_values = true};
  bool any = false;
  for (const ParameterRow& row : rows) {
    bars.categories.push_back(name_of_row(cell, row));
    bars.values.push_back(of.value(row));
    any = any || std::isfinite(bars.values.back());
  }
  if (!any) return std::nullopt;
  Panel panel{.title = std::string(of.title), .legend = Legend::none};
  panel.x.hidden = true;
  panel.x.grid = false;
  panel.y.whole = true;
  bars.name = of.title;
  panel.marks.push_back(std::move(bars));
  return panel;
}

}  // namespace

Figure parameters_view(std::span<const Observation> observations, const ViewOptions& options) {
  const Observation& observation = only_observation(observations, "parameters");
  tape_of(observation, *observation.sequence, options);  // checks the layer
  const nn::CellInfo& cell = observation.network->cell(options.layer);
  const auto rows =
      analysis::recall(observation, "parameter rows", {options.layer, options.backward_direction}, [&] {
        const auto start = observe::network_at_start(observation.past.get());
        return analysis::parameter_rows<float>(*observation.network, options.layer,
                                               options.backward_direction, start.get());
      });
  Figure figure;
  figure.title = "Parameters gate by gate, " + where_of(observation, options);
  Index all = 0;
  double times = 0;
  for (const ParameterRow& row : *rows) {
    all += row.count;
    times += row.times_rnn;
  }
  const nn::Sizes& sizes = observation.network->sizes()[static_cast<std::size_t>(options.layer)];
  figure.headlines.push_back(
      {fmt::format("{:.3g} ×", times),
       fmt::format("the parameters of a plain RNN with {} and {}: {}", counted(sizes.hidden, "unit", "units"),
                   counted(sizes.inputs, "input", "inputs"), all)});
  for (const ColumnOfTable& of : kColumns)
    if (auto panel = column(cell, *rows, of)) figure.panels.push_back(std::move(*panel));
  figure.columns = figure.panels.size() > 6 ? 4 : 3;
  figure.share_y = true;
  const bool lasts =
      std::ranges::any_of(*rows, [](const ParameterRow& row) { return !std::isnan(row.time_constant); });
  const bool moved =
      std::ranges::any_of(*rows, [](const ParameterRow& row) { return !std::isnan(row.drift); });
  figure.caption = sentences(
      {"‖·‖ is the Frobenius norm, of all of a gate’s weights.",
       lasts ? std::string(
                   "τ is how long the median memory lasts where nothing enters, by these numbers alone.")
             : std::string("No bias and no number of the units sets how long the memory lasts."),
       moved ? std::string("Moved: ‖θ − θ₀‖ / ‖θ₀‖, θ₀ before the first update.")
             : std::string("How far they have moved is known while a model learns in the window.")});
  return figure;
}

}  // namespace gatescope::views
