#include "core/experiment/labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/capitalised.h"
#include "core/experiment/task_kinds.h"
#include "core/in_quotes.h"
#include "core/nn/blocks.h"
#include "core/nn/cell.h"
#include "core/nn/layer.h"
#include "core/nn/model_spec_json.h"

namespace gatescope::experiment {
namespace {

constexpr std::string_view kChanged = ", changed";
constexpr std::string_view kNameChanged = " (changed)";  // names have no commas
constexpr std::string_view kBefore = "Before it was changed: ";

/// A property of a model in words, empty where it has the usual value.
using Wording = std::string (*)(const nn::ModelSpec& model);

constexpr std::string_view kStages[] = {"token shift", "norm",       "head norm",
                                        "output gate", "projection", "residual"};

/// A stage of the layer that no block says.
template <bool nn::ModelSpec::*On, std::size_t Name>
std::string stage(const nn::ModelSpec& model) {
  return std::string(model.*On && !nn::block_of(model) ? kStages[Name] : "");
}

constexpr Wording kProperties[] = {
    [](const nn::ModelSpec& m) { return m.init.gain != 1 ? fmt::format("gain {}", m.init.gain) : ""; },
    [](const nn::ModelSpec& m) {
      return m.init.forget_bias ? fmt::format("bias {}", *m.init.forget_bias) : std::string();
    },
    [](const nn::ModelSpec& m) { return m.init.chrono > 0 ? fmt::format("chrono {}", m.init.chrono) : ""; },
    [](const nn::ModelSpec& m) { return m.layers > 1 ? fmt::format("{} layers", m.layers) : ""; },
    [](const nn::ModelSpec& m) { return std::string(m.bidirectional ? "both directions" : ""); },
    [](const nn::ModelSpec& m) {
      if (!m.has_two_cells()) return std::string();
      return fmt::format("{} decoder", nn::find_cell(m.decoder->cell).title);
    },
    [](const nn::ModelSpec& m) {
      if (!m.decoder) return std::string();
      if (m.decoder->attention == nn::Attention::none) return std::string("no attention");
      return fmt::format("{} attention{}", nn::to_string(m.decoder->attention),
                         m.decoder->input_feeding ? ", input feeding" : "");
    },
    [](const nn::ModelSpec& m) { return m.heads > 1 ? fmt::format("{} heads", m.heads) : ""; },
    [](const nn::ModelSpec& m) {
      const nn::Block* block = nn::block_of(m);
      return std::string(block ? block->title : "");
    },
    [](const nn::ModelSpec& m) {
      return m.conv > 0 && !nn::block_of(m) ? fmt::format("convolution {}", m.conv) : "";
    },
    stage<&nn::ModelSpec::token_shift, 0>,
    stage<&nn::ModelSpec::norm, 1>,
    stage<&nn::ModelSpec::head_norm, 2>,
    stage<&nn::ModelSpec::output_gate, 3>,
    stage<&nn::ModelSpec::projection, 4>,
    stage<&nn::ModelSpec::residual, 5>,
    [](const nn::ModelSpec& m) {
      if (m.last_norm == nn::Norm::none) return std::string();
      return std::string(m.last_norm == nn::Norm::rms ? "last norm" : "last layer norm");
    },
    [](const nn::ModelSpec& m) { return m.dropout > 0 ? fmt::format("dropout {}", m.dropout) : ""; },
    [](const nn::ModelSpec& m) { return m.embedding > 0 ? fmt::format("embedding {}", m.embedding) : ""; },
};

/// What stands in place of a property that only the others have in words.
std::string usual(const Wording& property, const nn::ModelSpec& model) {
  if (property == kProperties[0]) return fmt::format("gain {}", model.init.gain);
  if (property == kProperties[3]) return "1 layer";
  return {};
}

/// Whether the name says nothing but the cell.
bool names_cell(std::string_view name, const nn::ModelSpec& model) {
  const nn::CellInfo& cell = nn::find_cell(model.cell);
  if (name.empty() || name == cell.title) return true;
  if (!name.starts_with(cell.key)) return false;
  name.remove_prefix(cell.key.size());
  return name.empty() || (name.front() == '-' && name.size() > 1 &&
                          std::ranges::all_of(name.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
}

nn::ModelSpec without_name(nn::ModelSpec model) {
  model.name.clear();
  return model;
}

void rename(const Experiment& before, Experiment& after) {
  if (before.models.size() != after.models.size()) return;  // who is left or comes brings its own
  for (std::size_t m = 0; m < after.models.size(); ++m) {
    const nn::ModelSpec& was = before.models[m];
    nn::ModelSpec& model = after.models[m];
    const bool matched_otherwise = m > 0 && before.match != after.match;
    const bool same = without_name(was) == without_name(model) && !matched_otherwise;
    if (same || model.name != was.name) continue;
    if (names_cell(was.name, was)) {
      if (was.cell != model.cell) model.name.clear();
      continue;
    }
    const std::string name = told_apart(model, after.models, after.match);
    if (name != nn::find_cell(model.cell).title || was.cell != model.cell)
      model.name = name;
    else if (!model.name.ends_with(kNameChanged))
      model.name += kNameChanged;
  }
}

/// What titles and sentences tell of.
Experiment told(Experiment experiment) {
  experiment.title.clear();
  experiment.look_for.clear();
  experiment.views.clear();
  experiment.opening = {};
  experiment.force.clear();
  experiment.seed = 0;
  experiment.begin_from.reset();
  experiment.training.updates = 0;
  experiment.training.evaluate_every = 0;
  experiment.training.pause_at_best = true;
  experiment.task.near.clear();
  experiment.task.beside.clear();
  experiment.task.sha256.clear();
  experiment.task.characters = 0;
  for (nn::ModelSpec& model : experiment.models) model.name.clear();
  return experiment;
}

}  // namespace

std::string told_apart(const nn::ModelSpec& model, const std::vector<nn::ModelSpec>& all, Match match) {
  std::vector<std::string> parts;
  const bool one_cell = std::ranges::all_of(all, [&](const auto& each) { return each.cell == model.cell; });
  const auto differs = [&](const auto& property) {
    return std::ranges::any_of(
        all, [&](const auto& each) { return each.cell == model.cell && property(each) != property(model); });
  };
  for (const Wording& property : kProperties) {
    if (!differs(property)) continue;
    std::string part = property(model);
    if (part.empty()) part = usual(property, model);
    if (!part.empty()) parts.push_back(std::move(part));
  }
  if (match == Match::width && differs([](const nn::ModelSpec& m) { return m.hidden; }))
    parts.push_back(fmt::format("{} units", model.hidden));
  const std::string title(nn::find_cell(model.cell).title);
  if (parts.empty()) return title;
  constexpr std::size_t most = 64;  // bytes of a name (model_spec_json)
  std::string name = fmt::format("{}{}", one_cell ? "" : title + " ", fmt::join(parts, " and "));
  return name.size() <= most ? name : title;
}

std::string title_of(const TaskSpec& task) {
  const TaskKind& kind = kind_of(task);
  if (kind.label) return kind.label(task);
  return capitalised(std::string(kind.title));
}

std::string look_for_in(const TaskSpec& task) {
  if (!kind_of(task).of_text) return {};
  return "Which gates follow the words, the lines, the punctuation of this text?";
}

void relabel(const Experiment& before, Experiment& after) {
  rename(before, after);
  if (told(before) == told(after)) return;
  const bool own_title = before.title == title_of(before.task),
             another_task = before.task.kind != after.task.kind || before.task.text != after.task.text ||
                            before.task.series != after.task.series ||
                            before.task.lines != after.task.lines ||
                            before.task.pair_file != after.task.pair_file;
  const auto anew = [&](std::string& label, const std::string& was, std::string made, const auto& mark) {
    if (label != was || label.empty()) return;
    if (own_title || another_task)
      label = std::move(made);
    else
      mark(label);
  };
  anew(after.look_for, before.look_for, look_for_in(after.task), [](std::string& label) {
    if (!label.starts_with(kBefore)) label.insert(0, kBefore);
  });
  anew(after.title, before.title, title_of(after.task), [](std::string& label) {
    if (!label.ends_with(kChanged)) label += kChanged;
  });
}

}  // namespace gatescope::experiment
