#include "app/desk/intent_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/nn/cell.h"
#include "core/nn/layer.h"

namespace gatescope::ui {
namespace {

/// The channel of a rule, of the first model that has it; null where none has.
const nn::Channel* channel_of(const nn::ForceRule& rule, const Document& document) {
  for (const nn::ModelSpec& model : document.experiment.models) {
    for (const int layer : {0, model.all_layers() - 1}) {
      const nn::CellInfo& cell = nn::cell_of(model, rule.layer.value_or(layer));
      const int channel = cell.find(rule.channel);
      if (channel != nn::kNone) return &cell.channels[channel];
    }
  }
  return nullptr;
}

/// By its term, "forget gate".
std::string name_of_channel(const nn::ForceRule& rule, const Document& document) {
  const nn::Channel* channel = channel_of(rule, document);
  return channel ? std::string(channel->name) : rule.channel;
}

/// "forget gate closed", "input gate at 0.3 (i@5-9=0.3)".
std::string forced(const nn::ForceRule& rule, const Document& document) {
  if (rule.scale != 0 || rule.before_activation) return "rule " + nn::to_string(rule);
  const nn::Channel* channel = channel_of(rule, document);
  const double shift = channel ? nn::meant(rule, *channel).shift : rule.shift;
  const bool valve = channel && channel->is_valve();
  const std::string value = valve && shift == channel->closed ? "closed"
                            : valve && shift == channel->open ? "open"
                                                              : fmt::format("at {}", shift);
  const bool everywhere = rule.units.empty() && rule.steps.empty();
  return fmt::format("{} {}{}", name_of_channel(rule, document), value,
                     everywhere ? "" : fmt::format(" ({})", nn::to_string(rule)));
}

std::string rule_at(int number, const Document& document) {
  const auto& rules = document.probe.rules;
  const bool is = number >= 0 && number < std::ssize(rules);
  return is ? nn::to_string(rules[number]) : std::string("a rule");
}

/// Edits of the experiment by the names that undo knows them by.
constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kEdits{{
    {"both", "both directions"},
    {"units", "number of units"},
    {"layers", "number of layers"},
    {"bias", "keep-gate bias"},
    {"chrono", "chrono lag"},
    {"gain", "recurrent gain"},
    {"rate", "learning rate"},
    {"clip", "clipping"},
    {"steps", "steps back"},
    {"batch", "batch size"},
    {"remove", "model taken out"},
    {"add", "model added"},
    {"compare", "compare RNN, GRU, LSTM"},
    {"match", "what models have in common"},
    {"cell", "cell"},
    {"text", "text to learn"},
    {"shift", "token shift"},
    {"conv", "convolution"},
    {"block", "block"},
    {"norm", "norm"},
    {"head norm", "norm of every head"},
    {"output gate", "output gate of the layer"},
    {"projection", "projection"},
    {"residual", "residual connection"},
    {"heads", "number of heads"},
    {"decay", "weight decay"},
}};

std::string edited(const std::string& about) {
  const auto known = std::ranges::find(kEdits, about, &std::pair<std::string_view, std::string_view>::first);
  if (known != kEdits.end()) return std::string(known->second);
  return about.empty() ? "edit" : about;
}

struct InWords {
  const Document& before;

  std::string operator()(const Edit& i) const { return edited(i.about); }
  std::string operator()(const EditExperiment& i) const { return edited(i.about); }
  std::string operator()(const SetProbeText&) const { return "probe text"; }
  std::string operator()(const SetProbeSequence&) const { return "a sequence of one’s own"; }
  std::string operator()(const ChooseSequence&) const { return "another sequence"; }
  std::string operator()(const ForceTraining&) const { return "forcing in training"; }
  std::string operator()(const AddRule& i) const { return "rule " + nn::to_string(i.rule); }
  std::string operator()(const ReplaceRule& i) const { return "rule " + nn::to_string(i.rule); }
  std::string operator()(const RemoveRule& i) const { return "release of " + rule_at(i.number, before); }
  std::string operator()(const ReleaseAll&) const { return "release of all rules"; }
  std::string operator()(const Force& i) const { return forced(i.rule, before); }
  std::string operator()(const Free& i) const { return name_of_channel(i.rule, before) + " freed"; }
  std::string operator()(const FreeWithin& i) const { return name_of_channel(i.place, before) + " freed"; }
  std::string operator()(const GoBack&) const { return "half the learning rate"; }
  /// Undo knows no others.
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string in_words(const Intent& intent, const Document& before) {
  return std::visit(InWords{before}, intent);
}

}  // namespace gatescope::ui
