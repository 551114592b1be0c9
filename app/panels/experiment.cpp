// The experiment: what is learnt, by which models, and how. What is changed here begins the training anew,
// but for the learning rate and the clipping, which change a running one.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/focus.h"
#include "app/panels/panels.h"
#include "core/analysis/terms.h"
#include "core/experiment/labels.h"
#include "core/experiment/open_pairs.h"
#include "core/experiment/open_series.h"
#include "core/experiment/task_kinds.h"
#include "core/in_quotes.h"
#include "core/nn/blocks.h"
#include "core/nn/layer.h"
#include "core/nn/layer_table.h"
#include "core/nn/matrix_options.h"
#include "core/nn/model_spec_json.h"
#include "core/nn/starts.h"
#include "core/series/known.h"
#include "core/views/parts.h"

namespace gatescope::ui {
namespace {

using experiment::Experiment;

void edit_experiment(Workbench& bench, const std::string& name,
                     const std::function<void(Experiment&)>& change) {
  Experiment next = bench.editor().document().experiment;
  change(next);
  for (nn::ModelSpec& model : next.models) nn::drop_idle(model);
  bench.act(EditExperiment{name, std::move(next)});
}

std::vector<std::string> cell_keys() {
  std::vector<std::string> keys;
  for (const nn::CellInfo* info : nn::all_cells()) keys.emplace_back(info->key);
  return keys;
}

std::vector<std::string> cell_titles() {
  std::vector<std::string> titles;
  for (const nn::CellInfo* info : nn::all_cells()) titles.emplace_back(info->title);
  return titles;
}

/// The series to forecast, and what is read in place of its values.
void draw_series(const Look& look, Workbench& bench, const experiment::TaskSpec& task) {
  const auto all = series::known_series();
  std::vector<std::string> titles;
  auto chosen = static_cast<int>(all.size());
  for (const series::KnownSeries& known : all) {
    if (known.key == task.series) chosen = static_cast<int>(titles.size());
    titles.emplace_back(known.title);
  }
  if (chosen == static_cast<int>(all.size())) titles.push_back(experiment::label_of_series(task));
  if (choice_row(look, "Series", titles, chosen,
                 "Series\nObserved ones, and ones that equations make; or a table of your own.") &&
      chosen < static_cast<int>(all.size())) {
    edit_experiment(bench, "series", [&](Experiment& x) {
      experiment::set_series(x.task, std::string(all[static_cast<std::size_t>(chosen)].key));
    });
    bench.act(SetProbeText{});
  }
  if (button(
          look, "Choose a table...", Kind::plain,
          "A CSV: its first line names the columns, the oldest row comes first; or drop one onto the window",
          {-1, 0}))
    bench.act(OpenDialog{Dialog::open_series});
  const std::vector<std::string> words = experiment::scaling_words();
  std::vector<std::string> shown = words;
  for (std::string& word : shown) std::ranges::replace(word, '_', ' ');
  int scaling = 0;
  for (std::size_t k = 0; k < words.size(); ++k)
    if (experiment::scaling_of(words[k]) == task.scaling) scaling = static_cast<int>(k);
  if (choice_row(look, "Scaling", shown, scaling, analysis::explain("scaling")))
    edit_experiment(bench, "scaling", [&](Experiment& x) {
      x.task.scaling = experiment::scaling_of(words[static_cast<std::size_t>(scaling)]);
    });
}

/// How long the series is, what of it is held out, and what is missing.
void tell_series(const Look& look, const Workbench& bench) {
  const auto& readings = bench.shown().now().readings;
  if (!readings || readings->observations.empty()) return;
  const auto windows = readings->observations.front().alphabet.series;
  if (!windows) return;
  const series::Series& series = windows->series();
  std::string said =
      fmt::format("{} rows, {} to {}; the last {} are held out.", series.rows(), series.time(0),
                  series.time(series.rows() - 1), series.rows() - windows->split());
  if (const Index missing = series.missing(); missing > 0)
    said += fmt::format(" {} missing: the last value before stands in.",
                        views::counted(missing, "value is", "values are"));
  caption(look, said);
}

/// Under the number of a lag: moved, it is begun anew with another one once it is let go.
void draw_lag(const Look& look, Workbench& bench, Desk& desk, const experiment::TaskNumber& number) {
  const auto most = static_cast<float>(number.high);
  const auto length = static_cast<float>(bench.editor().document().experiment.task.*number.value);
  float value = desk.lag.value_or(std::log2(length));
  const bool moved = slider(look, "##lag", value, std::log2(static_cast<float>(number.low)), std::log2(most),
                            look.accent, ImGui::GetContentRegionAvail().x);
  if (moved) desk.lag = value;
  const bool held = ImGui::IsItemActive();
  const auto lag = static_cast<Index>(std::lround(std::exp2(value)));
  tooltip(look,
          fmt::format("{}: {}\nHow far back lies what the task asks for; the training begins anew where the "
                      "slider is let go.",
                      number.title, lag));
  if (!desk.lag || held) return;
  desk.lag.reset();
  edit_experiment(bench, number.key.data(), [&](Experiment& x) {
    x.task.*number.value = std::clamp<Index>(lag, number.low, number.high);
  });
}

void draw_task(const Look& look, Workbench& bench, Desk& desk) {
  begin_card(look, "experiment", "Experiment");
  const session::Snapshot& now = bench.shown().now();
  const Experiment& e = bench.editor().document().experiment;
  std::vector<std::string> presets = bench.files().presets();
  for (std::string& name : presets) std::ranges::replace(name, '_', ' ');
  const auto at = std::ranges::find(bench.files().presets(), bench.editor().preset());
  int preset =
      at == bench.files().presets().end() ? -1 : static_cast<int>(at - bench.files().presets().begin());
  if (choice_row(look, "Preset", presets, preset, "A whole experiment, with the views that make its point"))
    bench.act(OpenPreset{bench.files().presets()[preset]});
  if (!now.can_train) {
    caption(look, "Models from files: they are looked at as they are. Open a text or a preset to train.");
    end_card(look);
    return;
  }
  const auto all = experiment::task_kinds();
  const experiment::TaskKind& task = experiment::kind_of(e.task);
  std::vector<std::string> kinds;
  for (const experiment::TaskKind& each : all) kinds.emplace_back(each.title);
  auto kind = static_cast<int>(&task - all.data());
  const bool another = choice_row(look, "Task", kinds, kind, capitalised(std::string(task.sentence)));
  if (another && experiment::task_kinds()[kind].key == experiment::kLinesTask) {
    bench.act(OpenDialog{Dialog::open_lines});  // it is nothing without its file
  } else if (another && experiment::task_kinds()[kind].key == experiment::kPairsTask) {
    bench.act(OpenDialog{Dialog::open_pairs});
  } else if (another) {
    edit_experiment(bench, "task", [&](Experiment& x) {
      x.task = {};
      const experiment::TaskKind& chosen = experiment::task_kinds()[kind];
      x.task.kind = chosen.key;
      x.training.carry = chosen.of_text;
      if (chosen.key == experiment::kSeriesTask)
        for (nn::ModelSpec& model : x.models) model.bidirectional = false;
      experiment::fit_models(x);
    });
    bench.act(SetProbeText{});
  }
  if (task.of_text) {
    const std::string name = printable(std::filesystem::path(e.task.text).filename().native());
    value_row(look, "Text", fitted(name, look.px(110)));
    tooltip(look, "The text that is learnt\n" + printable(e.task.text));
    if (button(look, "Choose a text...", Kind::plain, "Any UTF-8 file; or drop one onto the window", {-1, 0}))
      bench.act(OpenDialog{Dialog::open_text});
  }
  if (task.key == experiment::kSeriesTask) draw_series(look, bench, e.task);
  const auto own_file = [&](const char* what, const std::string& path, const char* holds, Dialog dialog) {
    value_row(look, "File", fitted(experiment::title_of(e.task), look.px(110)));
    tooltip(look, fmt::format("The {} that are learnt\n{}", what, printable(path)));
    if (button(look, fmt::format("Choose {}...", what).c_str(), Kind::plain,
               fmt::format("{}; or drop a file onto the window", holds), {-1, 0}))
      bench.act(OpenDialog{dialog});
  };
  if (task.key == experiment::kLinesTask)
    own_file("lines", e.task.lines, "A label, a tab and a text in each line", Dialog::open_lines);
  if (task.key == experiment::kPairsTask)
    own_file("pairs", e.task.pair_file, "A source and a target in each line, TSV or CSV", Dialog::open_pairs);
  for (const experiment::TaskNumber& number : task.numbers) {
    int value = static_cast<int>(number.is_lag && desk.lag ? std::lround(std::exp2(*desk.lag))
                                                           : e.task.*number.value);
    if (number_row(look, number.title.data(), value, static_cast<int>(number.low),
                   static_cast<int>(number.high)))
      edit_experiment(bench, number.key.data(), [&](Experiment& x) { x.task.*number.value = value; });
    if (number.is_lag) draw_lag(look, bench, desk, number);
  }
  if (task.key == experiment::kSeriesTask) tell_series(look, bench);
  int seed = static_cast<int>(std::min<std::uint64_t>(e.seed, 1'000'000'000));
  if (number_row(look, "Seed", seed, 0, 1'000'000'000, analysis::explain("seed")))
    edit_experiment(bench, "seed", [&](Experiment& x) { x.seed = static_cast<std::uint64_t>(seed); });
  if (!e.look_for.empty()) caption(look, e.look_for);
  if (e.opening.trained && !now.training && now.branches.empty() && now.updates >= e.training.updates &&
      button(
          look, "Train it yourself", Kind::plain,
          "From nothing, beside what it has learnt: that stays as a dimmer curve, and one can return to it",
          {-1, 0}))
    bench.act(TrainYourself{});
  end_card(look);
}

void draw_model(const Look& look, Workbench& bench, std::size_t m) {
  const session::Snapshot& now = bench.shown().now();
  const Experiment& e = bench.editor().document().experiment;
  ImGui::PushID(static_cast<int>(m));
  const bool known = m < now.models.size();
  const std::string name = known ? now.models[m].name : e.models[m].cell;
  const auto hidden = known ? now.models[m].spec.hidden : e.models[m].hidden;
  const bool chosen = bench.shown().view().model == m;
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 from = ImGui::GetCursorScreenPos();
  const float height = look.px(26);
  const bool removable = e.models.size() > 1 && now.can_train;
  const std::string label = fmt::format("model {}", name);
  const bool clicked = ImGui::InvisibleButton(label.c_str(), {width - (removable ? look.px(28) : 0), height});
  if (key_focus(look).pressed || clicked) bench.act(ChooseModel{static_cast<int>(m)});
  log_item(look, label, fmt::format("{}", hidden));
  const ScreenRect row = last_item();
  if (chosen || ImGui::IsItemHovered())
    fill({from, {from.x + width, from.y + height}}, look.field, look.px(4));
  const float middle = from.y + height / 2;
  fill({{from.x + look.px(6), middle - look.px(5)}, {from.x + look.px(16), middle + look.px(5)}},
       model_color(look, bench, m), look.px(2));
  const std::string title = fmt::format("{} {}", name, hidden),
                    size =
                        known ? grouped(static_cast<std::uint64_t>(now.models[m].parameters)) : std::string();
  const float left = from.x + look.px(24), right = row.high.x - look.px(6);
  const bool both = text_size(title).x + look.px(12) + text_size(size).x <= right - left;
  draw_text(left, middle, look.text, fitted(title, right - left));
  if (both) draw_text_right(right, middle, look.muted, size);
  const int layers = known ? now.models[m].spec.layers : e.models[m].layers;
  tooltip(look,
          fmt::format("{}\n{} units a layer, {}, {} parameters. The views of one model show the "
                      "chosen one.",
                      name, hidden, layers == 1 ? std::string("1 layer") : fmt::format("{} layers", layers),
                      known ? size : std::string("–")));
  if (removable) {
    ImGui::SameLine(0, look.px(4));
    if (icon_button(look, "##remove", Icon::close, Kind::quiet, "Take this model out"))
      edit_experiment(bench, "remove", [&](Experiment& x) {
        x.models.erase(x.models.begin() + static_cast<std::ptrdiff_t>(m));
      });
  }
  ImGui::PopID();
}

/// The usual comparison: the same width or number of parameters for an RNN, a GRU and an LSTM.
void compare(Experiment& x) {
  const nn::ModelSpec base = x.models.front();
  x.models.clear();
  for (const char* cell : {"lstm", "gru", "rnn"}) {
    nn::ModelSpec model = base;
    model.cell = cell;
    model.name = nn::find_cell(cell).title;
    if (std::string_view(cell) != "lstm") model.init = {};
    x.models.push_back(model);
  }
  x.match = experiment::Match::parameters;
}

void draw_models(const Look& look, Workbench& bench) {
  begin_card(look, "models", "Models");
  const session::Snapshot& now = bench.shown().now();
  const Experiment& e = bench.editor().document().experiment;
  for (std::size_t m = 0; m < e.models.size(); ++m) draw_model(look, bench, m);
  if (!now.can_train) {
    end_card(look);
    return;
  }
  if (button(look, "Compare RNN, GRU, LSTM", Kind::plain,
             "The three side by side on the same data, with the first one's number of parameters", {-1, 0}))
    edit_experiment(bench, "compare", compare);
  if (e.models.size() < 4 && button(look, "+ add a model", Kind::quiet, "Up to four learn in lockstep"))
    edit_experiment(bench, "add", [](Experiment& x) {
      x.models.push_back(x.models.back());
      x.models.back().name.clear();
    });
  if (e.models.size() > 1) {
    constexpr std::array<const char*, 2> matches{"width", "parameters"};
    const int match = e.match == experiment::Match::width ? 0 : 1;
    const int next =
        segmented_row(look, "Same", matches, match, false, {},
                      "What the models have in common: their width, or the first one's number of "
                      "parameters");
    if (next != match)
      edit_experiment(bench, "match", [&](Experiment& x) {
        x.match = next == 0 ? experiment::Match::width : experiment::Match::parameters;
      });
  }
  end_card(look);
}

/// Cuts a model's units into heads, as near to so many as they can be.
void fit_heads(nn::ModelSpec& model, Index wanted) {
  if (!nn::can_have_heads(model)) wanted = 1;
  model.hidden = std::max(model.hidden, model.least_units_of_head());
  model.heads = 1;
  for (Index each = 1; each <= model.hidden / model.least_units_of_head(); ++each)
    if (model.hidden % each == 0 && std::abs(each - wanted) < std::abs(model.heads - wanted))
      model.heads = each;
}

/// Unfolds what is rarely used; whether it is unfolded.
bool more_button(const Look& look, const char* of, bool& more) {
  if (button(look, fmt::format("{}##{}", more ? "Less" : "More", of).c_str(), Kind::quiet)) more = !more;
  return more;
}

using ChangeModel = std::function<void(const std::string&, const std::function<void(nn::ModelSpec&)>&)>;

/// A block of the field, or its stages one by one.
void draw_block(const Look& look, const nn::ModelSpec& model, const ChangeModel& change) {
  std::vector<std::string> names{"none"};
  const nn::Block* is = nn::block_of(model);
  int chosen = 0;
  for (const nn::Block& block : nn::all_blocks()) {
    if (&block == is) chosen = static_cast<int>(names.size());
    names.emplace_back(block.title);
  }
  if (!is && nn::layer_options(model) != nn::LayerOptions{}) {
    chosen = static_cast<int>(names.size());
    names.emplace_back("of one’s own");
  }
  const std::string tip =
      analysis::explain("block") + (is ? fmt::format("\n{}: {}", is->title, is->sentence) : "");
  if (choice_row(look, "Block", names, chosen, tip) && chosen <= static_cast<int>(nn::all_blocks().size()))
    change("block", [&](nn::ModelSpec& x) {
      if (chosen == 0)
        nn::clear_options(x);
      else
        nn::all_blocks()[static_cast<std::size_t>(chosen - 1)].set(x);
      if (x.residual) x.bidirectional = false;
      fit_heads(x, x.heads);
    });
  struct OptionRow {
    const char *label, *term, *about;
    bool nn::ModelSpec::*on;
  };
  constexpr std::array<OptionRow, 6> rows{
      {{"Norm", "norm", "norm", &nn::ModelSpec::norm},
       {"Token shift", "token shift", "shift", &nn::ModelSpec::token_shift},
       {"Head norm", "head norm", "head norm", &nn::ModelSpec::head_norm},
       {"Output gate", "output gate of the layer", "output gate", &nn::ModelSpec::output_gate},
       {"Projection", "projection", "projection", &nn::ModelSpec::projection},
       {"Residual", "residual", "residual", &nn::ModelSpec::residual}}};
  for (const OptionRow& each : rows) {
    bool on = model.*each.on;
    if (toggle_row(look, each.label, on, analysis::explain(each.term)))
      change(each.about, [&](nn::ModelSpec& x) {
        x.*each.on = on;
        if (x.residual) x.bidirectional = false;
        fit_heads(x, x.heads);
      });
  }
}

/// How a source becomes a target.
void draw_decoder(const Look& look, const nn::ModelSpec& model, Desk& desk, const ChangeModel& change) {
  const std::vector<std::string> names{"one stack", "none", "Bahdanau", "dot", "general", "concat"};
  int chosen = model.decoder ? 1 + static_cast<int>(model.decoder->attention) : 0;
  if (choice_row(look, "Attention", names, chosen, analysis::explain("attention")))
    change("attention", [&](nn::ModelSpec& x) {
      if (chosen == 0) {
        x.decoder.reset();
        x.bidirectional = false;
        return;
      }
      const auto attention = static_cast<nn::Attention>(chosen - 1);
      if (!x.decoder) experiment::give_decoder(x, attention);
      nn::set_attention(x, attention);
    });
  if (!model.decoder) return;
  const auto keys = cell_keys();
  const std::string& key = model.cell_key(model.layers);
  int cell = static_cast<int>(std::ranges::find(keys, key) - keys.begin());
  if (choice_row(look, "Decoder's cell", cell_titles(), cell, desk.cell_texts.of(nn::find_cell(key))))
    change("decoder cell", [&](nn::ModelSpec& x) {
      nn::set_decoder_cell(x, keys[cell]);
      fit_heads(x, x.heads);
    });
  bool fed = model.decoder->input_feeding;
  if (nn::can_feed_input(model.decoder->attention) &&
      toggle_row(look, "Input feeding", fed, analysis::explain("input feeding")))
    change("feeding", [&](nn::ModelSpec& x) { x.decoder->input_feeding = fed; });
  int embedding = static_cast<int>(model.embedding);
  if (number_row(look, "Embedding", embedding, 1, static_cast<int>(nn::kMaxHidden),
                 analysis::explain("embedding")))
    change("embedding", [&](nn::ModelSpec& x) { x.embedding = embedding; });
}

/// Another cell, with what goes with it: the block around it stays, and what it has no use for goes.
void choose_cell(nn::ModelSpec& model, const std::string& key) {
  const nn::Block* block = nn::block_of(model);
  model.cell = key;
  if (model.decoder) nn::set_decoder_cell(model, model.cell_key(model.layers));
  model.name.clear();
  if (block) block->set(model);
  fit_heads(model, model.heads);
}

/// What a matrix for a memory does; the cell that does so.
void draw_matrix_options(const Look& look, const nn::ModelSpec& model, const ChangeModel& change) {
  const std::optional<nn::MatrixOptions> is = nn::matrix_options(model.cell);
  if (!is) return;
  const auto row = [&](const char* label, const std::vector<std::string>& names, int chosen, const char* term,
                       const auto& choose) {
    if (!choice_row(look, label, names, chosen, analysis::explain(term))) return;
    nn::MatrixOptions next = *is;
    choose(next, chosen);
    change("cell", [&](nn::ModelSpec& x) { choose_cell(x, std::string(nn::matrix_cell(next))); });
  };
  row("Memory decays", {"not at all", "a head", "a key"}, static_cast<int>(is->decay), "memory decay",
      [](nn::MatrixOptions& x, int chosen) { x.decay = static_cast<nn::MemoryDecay>(chosen); });
  row("Written by", {"adding", "delta rule"}, static_cast<int>(is->rule), "delta rule",
      [](nn::MatrixOptions& x, int chosen) { x.rule = static_cast<nn::MemoryRule>(chosen); });
  row("Normaliser", {"none", "as mLSTM's"}, static_cast<int>(is->normaliser), "normaliser",
      [](nn::MatrixOptions& x, int chosen) { x.normaliser = static_cast<nn::MemoryNormaliser>(chosen); });
}

void draw_more_of_model(const Look& look, const nn::ModelSpec& model, const ChangeModel& change) {
  draw_matrix_options(look, model, change);
  draw_block(look, model, change);
  int conv = model.conv;
  if (number_row(look, "Convolution", conv, 0, nn::kMaxWindow, analysis::explain("convolution")))
    change("conv", [&](nn::ModelSpec& x) { x.conv = conv == 1 ? 2 : conv; });
  int heads = static_cast<int>(model.heads);
  if (nn::can_have_heads(model) &&
      number_row(look, "Heads", heads, 1, static_cast<int>(model.hidden), analysis::explain("heads")))
    change("heads", [&](nn::ModelSpec& x) { fit_heads(x, heads); });
  int width = static_cast<int>(model.width), memories = static_cast<int>(model.state_size);
  if (nn::can_have_width(model) &&
      number_row(look, "Width", width, 0, static_cast<int>(nn::kMaxHidden), analysis::explain("width")))
    change("width", [&](nn::ModelSpec& x) { x.width = width; });
  if (nn::can_have_state_size(model) &&
      number_row(look, "State size", memories, 0, static_cast<int>(nn::kMaxStateSize),
                 analysis::explain("state size")))
    change("state size", [&](nn::ModelSpec& x) { x.state_size = memories; });
  int last_norm = static_cast<int>(model.last_norm);
  if (nn::can_have_last_norm(model) &&
      choice_row(look, "Last norm", nn::norm_words(), last_norm, analysis::explain("last norm")))
    change("last norm", [&](nn::ModelSpec& x) { x.last_norm = static_cast<nn::Norm>(last_norm); });
  double dropout = model.dropout;
  if (model.layers > 1 && number_row(look, "Dropout", dropout, 0, 0.95, analysis::explain("dropout")))
    change("dropout", [&](nn::ModelSpec& x) { x.dropout = dropout; });
}

void draw_chosen_model(const Look& look, Workbench& bench, Desk& desk) {
  const Experiment& e = bench.editor().document().experiment;
  const std::size_t m = std::min(bench.shown().view().model, e.models.size() - 1);
  const nn::ModelSpec model = e.models[m];  // a copy: changes below replace the models
  begin_card(look, "model", e.models.size() > 1 ? fmt::format("Model {}", m + 1) : std::string("Model"));
  const auto change = [&](const std::string& name, const std::function<void(nn::ModelSpec&)>& edit) {
    edit_experiment(bench, name, [&](Experiment& x) { edit(x.models[m]); });
  };
  const auto keys = cell_keys();
  const auto at = std::ranges::find(keys, model.cell);
  int cell = static_cast<int>(at - keys.begin());
  if (choice_row(look, "Cell", cell_titles(), cell, desk.cell_texts.of(nn::find_cell(model.cell))))
    change("cell", [&](nn::ModelSpec& x) { choose_cell(x, keys[cell]); });
  int hidden = static_cast<int>(model.hidden), layers = model.layers, chrono = model.init.chrono;
  const bool matched = m > 0 && e.match == experiment::Match::parameters;
  if (matched) {
    const auto& models = bench.shown().now().models;
    value_row(look, "Units (matched)", m < models.size() ? std::to_string(models[m].spec.hidden) : "–");
  } else if (number_row(look, "Units", hidden, 1, static_cast<int>(nn::kMaxHidden),
                        analysis::explain("units"))) {
    change("units", [&](nn::ModelSpec& x) {
      x.hidden = hidden;
      fit_heads(x, x.heads);
    });
  }
  if (number_row(look, "Layers", layers, 1, 8, analysis::explain("layers")))
    change("layers", [&](nn::ModelSpec& x) { x.layers = layers; });
  const nn::CellInfo& info = nn::find_cell(model.cell);
  if (nn::takes_forget_bias(info)) {
    double bias = model.init.forget_bias.value_or(0);
    if (number_row(look, "Keep-gate bias", bias, -20, 20, analysis::explain("keep-gate bias")))
      change("bias", [&](nn::ModelSpec& x) { x.init.forget_bias = bias; });
    if (nn::takes_chrono(info) &&
        number_row(look, "Chrono lag", chrono, 0, 10000, analysis::explain("chrono lag")))
      change("chrono", [&](nn::ModelSpec& x) { x.init.chrono = chrono == 0 ? 0 : std::max(3, chrono); });
  }
  double gain = model.init.gain;
  if (nn::takes_gain(info, model.init) &&
      number_row(look, "Recurrent gain", gain, 0, 10, analysis::explain("recurrent gain")))
    change("gain", [&](nn::ModelSpec& x) { x.init.gain = gain; });
  if (experiment::kind_of(e.task).of_pairs) draw_decoder(look, model, desk, change);
  bool both = model.bidirectional;
  if (toggle_row(look, "Both directions", both, analysis::explain("both directions")))
    change("both", [&](nn::ModelSpec& x) {
      x.bidirectional = both;
      if (both) x.residual = false;
      if (both && x.decoder && x.decoder->attention == nn::Attention::dot)
        nn::set_attention(x, nn::Attention::general);
    });
  if (more_button(look, "model", desk.more_of_model)) draw_more_of_model(look, model, change);
  end_card(look);
}

void draw_training(const Look& look, Workbench& bench, Desk& desk) {
  begin_card(look, "training", "Training");
  const Experiment& e = bench.editor().document().experiment;
  const std::vector<std::string> rules{"Adam", "SGD", "RMSprop"};
  int rule = static_cast<int>(e.training.optimizer.rule);
  if (choice_row(look, "Optimizer", rules, rule, analysis::explain("optimizer")))
    edit_experiment(bench, "optimizer", [&](Experiment& x) {
      x.training.optimizer.rule = static_cast<experiment::OptimizerRule>(rule);
    });
  double rate = e.training.optimizer.rate, clip = e.training.clip_norm;
  if (number_row(look, "Rate", rate, 0, 1000,
                 analysis::explain("learning rate") + " Changes a running training."))
    edit_experiment(bench, "rate", [&](Experiment& x) { x.training.optimizer.rate = rate; });
  if (number_row(
          look, "Clip norm", clip, 0, 1e9,
          analysis::explain("clip by global norm") + " 0: off (Pascanu 2013). Changes a running training."))
    edit_experiment(bench, "clip", [&](Experiment& x) { x.training.clip_norm = clip; });
  bool pause = e.training.pause_at_best;
  if (toggle_row(
          look, "Pause at the best", pause,
          "Pause at the best\nTraining pauses once the held-out loss of every model has clearly risen since "
          "its lowest, and the best weights are offered. Changes a running training."))
    edit_experiment(bench, "pause at the best", [&](Experiment& x) { x.training.pause_at_best = pause; });
  int steps = static_cast<int>(e.training.steps), batch = static_cast<int>(e.training.batch);
  if (experiment::kind_of(e.task).of_text &&
      number_row(look, "Steps back", steps, 1, 10000,
                 analysis::explain("truncated backpropagation through time")))
    edit_experiment(bench, "steps", [&](Experiment& x) { x.training.steps = steps; });
  if (number_row(look, "Batch", batch, 1, 4096, analysis::explain("batch")))
    edit_experiment(bench, "batch", [&](Experiment& x) { x.training.batch = batch; });
  if (more_button(look, "training", desk.more_of_training)) {
    double decay = e.training.optimizer.weight_decay;
    if (number_row(look, "Weight decay", decay, 0, 10, analysis::explain("weight decay")))
      edit_experiment(bench, "decay", [&](Experiment& x) { x.training.optimizer.weight_decay = decay; });
  }
  end_card(look);
}

}  // namespace

void draw_experiment(const Look& look, Workbench& bench, Desk& desk) {
  draw_task(look, bench, desk);
  draw_models(look, bench);
  draw_force(look, bench, desk);
  if (bench.shown().now().can_train) {
    draw_chosen_model(look, bench, desk);
    draw_training(look, bench, desk);
  }
}

}  // namespace gatescope::ui
