#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/learnt_task.h"
#include "app/cli/model_options.h"
#include "app/cli/numbers.h"
#include "app/platform/output.h"
#include "core/analysis/forecasts.h"
#include "core/files.h"
#include "core/plot/csv.h"
#include "core/series/known.h"

namespace gatescope::app {
namespace {

struct ForecastOptions {
  ModelOptions model;
  TaskOptions task;
  std::vector<CLI::Option*> of_task;
  std::optional<Index> after;
  std::string out;
};

/// A number as CSV has it; nothing where there is none.
std::string cell(std::optional<double> number) {
  return number && std::isfinite(*number) ? fmt::format("{}", *number) : std::string();
}

/// The row behind the last one that is known: the one that is named, else the last in which every column that
/// is forecast has a value.
Index first_unknown(const series::Windows& windows, std::optional<Index> after) {
  const Index rows = windows.series().rows();
  if (after) return std::min(*after, rows) + 1;
  const auto is_known = [&](Index row) {
    for (Index v = 0; v < windows.outputs(); ++v)
      if (windows.missing(row, windows.told(v))) return false;
    return true;
  };
  Index origin = rows;
  while (origin > 0 && !is_known(origin - 1)) --origin;
  return origin;
}

/// What a reader of the table would not guess.
void tell_limits(const series::Windows& windows, Index origin) {
  const bool given = windows.inputs() > windows.outputs();
  if (given && origin + windows.cut().horizon > windows.series().rows())
    note(
        "gatescope: what is known in advance ends with the table; its last row stands in for those behind\n");
  if (origin < windows.split())
    note("gatescope: the bands are those of forecasts of what was not learnt, and these rows were learnt\n");
}

int forecast(const ForecastOptions& options) {
  const checkpoint::ModelFile file = options.model.load();
  const LearntTask learnt =
      open_learnt_task(file, options.model.model, options.task, options.of_task, options.model.on_invalid());
  if (!learnt.task->series())
    usage("'{}' learnt the task {}, which nobody forecasts: only a model of --task series can",
          options.model.model, learnt.experiment.task.kind);
  const series::Windows& windows = *learnt.task->series();
  const series::Series& series = windows.series();
  nn::Network<float> network = checkpoint::make_network<float>(file);
  options.model.force_on(network);
  const Index window = windows.cut().window, origin = first_unknown(windows, options.after);
  if (origin < window || origin > series.rows())
    usage("--after {}: the network reads {} rows before it forecasts, expected a row from {} to {}",
          *options.after, window, window - 1, series.rows() - 1);
  tell_limits(windows, origin);
  const Index origins[] = {origin};
  const analysis::Forecasts forecasts =
      analysis::free_run(network, windows, origins, window, windows.cut().horizon);
  const analysis::ForecastQuality quality = analysis::forecast_quality(network, windows);
  std::string table = "time";
  for (const analysis::ColumnQuality& column : quality.columns) {
    for (const char* part : {"", "_low", "_high"}) table += "," + plot::csv_field(column.column + part);
  }
  table += '\n';
  for (Index h = 0; h < windows.cut().horizon; ++h) {
    table += plot::csv_field(series.time(origin + h));
    for (Index v = 0; v < windows.outputs(); ++v) {
      const double value = forecasts.at(v, h, 0);
      const auto& distance =
          quality.columns[static_cast<std::size_t>(v)].distance[static_cast<std::size_t>(h)];
      table += fmt::format(",{},{},{}", cell(value),
                           cell(distance ? std::optional(value - *distance) : std::nullopt),
                           cell(distance ? std::optional(value + *distance) : std::nullopt));
    }
    table += '\n';
  }
  if (options.out.empty()) {
    print_lines(table);
  } else {
    write_file(options.out, table);
    print("{}\n", options.out);
  }
  return 0;
}

int list_series(const std::string& key) {
  if (key.empty()) {
    for (const series::KnownSeries& known : series::known_series()) {
      const series::Series made = known.make(1);
      print("{:14} {}, {} rows{}{}\n", known.key, made.title, made.rows(),
            made.times.empty() ? std::string()
                               : fmt::format(", {} to {}", made.times.front(), made.times.back()),
            made.source.empty() ? std::string() : fmt::format(" ({})", made.source));
    }
    return 0;
  }
  const series::KnownSeries* known = series::find_known_series(key);
  if (!known) usage("there is no series '{}'; gatescope series lists them", key);
  const series::Series made = known->make(1);
  std::string table = made.times.empty() ? "" : "time,";
  for (Index c = 0; c < made.width(); ++c)
    table += (c > 0 ? "," : "") + made.columns[static_cast<std::size_t>(c)];
  table += '\n';
  for (Index row = 0; row < made.rows(); ++row) {
    if (!made.times.empty()) table += made.time(row) + ",";
    for (Index c = 0; c < made.width(); ++c) table += (c > 0 ? "," : "") + cell(made.at(row, c));
    table += '\n';
  }
  print_lines(table);
  return 0;
}

}  // namespace

void add_forecast(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "forecast", "Forecast the rows that follow a series, with bands: one CSV row a row");
  auto options = std::make_shared<ForecastOptions>();
  options->model.add_to(*command);
  options->of_task = options->task.add_task_to(*command);
  command
      ->add_option("--after", options->after,
                   "The last row that is known, counted from 0; otherwise the last one there is")
      ->transform(whole_number<Index>());
  command->add_option("--out", options->out, "Write to this file instead of the standard output");
  command->callback([options, &action] { action = [options] { return forecast(*options); }; });
}

void add_series(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("series", "List the series that come with the program, or print one as CSV");
  auto key = std::make_shared<std::string>();
  command->add_option("key", *key, "The series to print");
  command->callback([key, &action] { action = [key] { return list_series(*key); }; });
}

}  // namespace gatescope::app
