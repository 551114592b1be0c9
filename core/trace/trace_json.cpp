#include "core/trace/trace_json.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <type_traits>

#include "core/files.h"
#include "core/nn/plan.h"
#include "core/task/outcome.h"

namespace gatescope::trace {
namespace {

using nlohmann::json;

/// JSON text on its way to a stream.
class Writer {
 public:
  explicit Writer(std::ostream& out) : out_(out) {}

  void raw(std::string_view text) {
    if (text.size() > buffer_.size() - size_) flush();
    if (text.size() > buffer_.size()) {
      out_.write(text.data(), static_cast<std::streamsize>(text.size()));
      return;
    }
    text.copy(buffer_.data() + size_, text.size());
    size_ += text.size();
  }
  void string(std::string_view text) {
    raw(json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace));
  }
  /// `"key":`, after a comma unless it is the first of its object.
  void key(std::string_view name, bool first = false) {
    if (!first) raw(",");
    string(name);
    raw(":");
  }
  template <class T>
  void number(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return raw("null");
    }
    if (buffer_.size() - size_ < kLongest) flush();
    char* const end = fmt::format_to(buffer_.data() + size_, FMT_COMPILE("{}"), value);
    size_ = static_cast<std::size_t>(end - buffer_.data());
  }
  /// `count` elements in brackets, each written by element(k).
  template <class Element>
  void array(Index count, Element element) {
    raw("[");
    for (Index k = 0; k < count; ++k) {
      if (k > 0) raw(",");
      element(k);
    }
    raw("]");
  }
  /// The columns of a (H, T) matrix of a trace: [T][H].
  template <class S, class M>
  void columns(const nn::Trace<S>& trace, const M& matrix) {
    raw("[");
    trace.in_pieces(matrix.rows(), [&](Index first, Index count) {
      for (Index t = first; t < first + count; ++t) {
        if (t > 0) raw(",");
        array(matrix.rows(), [&](Index r) { number(matrix(r, t)); });
      }
    });
    raw("]");
  }
  void flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(size_));
    size_ = 0;
  }

 private:
  static constexpr std::size_t kLongest = 32;  // characters of a number; a double has up to 24
  std::ostream& out_;
  std::vector<char> buffer_ = std::vector<char>(1 << 16);
  std::size_t size_ = 0;  // of what waits in it
};

template <class S>
void write_layer(Writer& out, const nn::Trace<S>& trace, const nn::LayerTape<S>& tape,
                 const nn::Plan<S>& plan) {
  const nn::CellInfo& info = tape.info();
  out.raw("{");
  out.key("cell", true);
  out.string(info.key);
  out.key("hidden");
  out.number(tape.hidden());
  out.key("direction");
  out.string(tape.reverse() ? "backward" : "forward");
  out.key("channels");
  out.raw("{");
  for (int k = 0; k < static_cast<int>(info.channels.size()); ++k) {
    const nn::Channel& channel = info.channels[k];
    out.key(channel.symbol, k == 0);
    out.raw("{");
    out.key("name", true);
    out.string(channel.name);
    out.key("role");
    out.string(to_string(channel.role));
    out.key("values");
    out.columns(trace, tape.values(k));
    if (plan.forces(k)) {
      out.key("raw");
      out.columns(trace, tape.raw_values(k));
    }
    out.raw("}");
  }
  out.raw("}");
  out.key("gradients");
  out.raw("{");
  bool first = true;
  const auto gradients_of = [&](int k) {
    out.key(info.channels[k].symbol, first);
    out.columns(trace, tape.gradients(k));
    first = false;
  };
  for (const nn::State& state : info.states) gradients_of(state.channel);
  if (!info.is_state(info.output)) gradients_of(info.output);
  out.raw("}}");
}

template <class S>
void write_parameter_gradients(Writer& out, const nn::ParameterTable& table, const Buffer<S>& gradients) {
  out.raw("{");
  for (const nn::Parameter& p : table.all()) {
    out.key(p.name, &p == &table.all().front());
    out.raw("{");
    out.key("shape", true);
    out.array(p.is_vector ? 1 : 2, [&](Index k) { out.number(k == 0 ? p.rows : p.cols); });
    out.key("values");
    const S* column_major = gradients.data() + p.offset;
    out.array(p.size(), [&](Index k) { out.number(column_major[k % p.cols * p.rows + k / p.cols]); });
    out.raw("}");
  }
  out.raw("}");
}

}  // namespace

template <class S>
void write_trace_json(std::ostream& stream, const nn::Network<S>& network, const SequenceTrace<S>& text,
                      const TraceLabels& labels) {
  const nn::Trace<S>& trace = text.trace;
  const auto entry = [&](int character) -> std::string_view {
    const auto k = static_cast<std::size_t>(character);
    return k < labels.vocabulary.size() ? std::string_view(labels.vocabulary[k]) : std::string_view();
  };
  const bool labelled = !labels.classes.empty();
  std::string characters = labels.text;
  if (characters.empty()) {
    for (const int token : text.tokens) characters += entry(token);
    if (task::outcome_of(network.interface()).of_input) characters += entry(text.targets.back());
  }

  Writer out(stream);
  out.raw("{");
  out.key("schema", true);
  out.number(1);
  out.key("cell");
  out.string(network.cell().key);
  out.key("dtype");
  out.string(std::is_same_v<S, float> ? "float32" : "float64");
  out.key("rules");
  out.array(static_cast<Index>(labels.rules.size()),
            [&](Index k) { out.string(to_string(labels.rules[k])); });
  out.key("text");
  out.string(characters);
  out.key("vocabulary");
  out.array(static_cast<Index>(labels.vocabulary.size()), [&](Index k) { out.string(labels.vocabulary[k]); });
  if (labelled) {
    out.key("classes");
    out.array(static_cast<Index>(labels.classes.size()), [&](Index k) { out.string(labels.classes[k]); });
  }
  const auto values = [&](const std::vector<S>& all, Index t) {
    const Index height = std::ssize(all) / trace.steps;
    out.array(height, [&](Index k) { out.number(all[t * height + k]); });
  };
  if (text.tokens.empty()) {
    out.key("inputs");
    out.array(trace.steps, [&](Index t) { values(text.values, t); });
  } else {
    out.key("tokens");
    out.array(trace.steps, [&](Index t) { out.number(text.tokens[t]); });
  }
  const bool of_values = text.targets.empty();
  out.key("targets");
  out.array(trace.steps, [&](Index t) {
    if (!text.expects(t) && (of_values || labelled || network.interface().pairs))
      out.raw("null");
    else if (of_values)
      values(text.target_values, t);
    else
      out.number(text.targets[t]);
  });
  if (labelled) {
    out.key("labels");
    out.array(trace.steps, [&](Index t) {
      const int target = text.targets[t];
      if (target < 0)
        out.raw("null");
      else
        out.string(labels.classes.at(static_cast<std::size_t>(target)));
    });
  }
  out.key("loss");
  out.array(trace.steps, [&](Index t) { out.number(trace.loss[t]); });
  out.key("logits");
  out.columns(trace, trace.outputs);
  if (network.spec().last_norm != nn::Norm::none) {
    out.key("normed");
    out.raw("{");
    out.key("values", true);
    out.columns(trace, trace.normed);
    out.key("gradients");
    out.columns(trace, trace.normed_gradients);
    out.raw("}");
  }
  if (network.spec().decoder) {
    out.key("source");
    out.number(trace.pair.start);
    if (network.spec().decoder->attention != nn::Attention::none) {
      out.key("alpha");
      out.columns(trace, trace.pair.alpha);
    }
  }
  out.key("layers");
  out.array(static_cast<Index>(trace.tapes.size()), [&](Index k) {
    const int layer = network.layer_of(static_cast<std::size_t>(k));
    const nn::LayerTape<S>& tape = trace.tapes[k];
    write_layer(out, trace, tape, nn::Plan<S>(labels.rules, layer, tape.info(), tape.sizes()));
  });
  out.key("parameter_gradients");
  write_parameter_gradients(out, network.table(), text.gradients);
  out.raw("}\n");
  out.flush();
}

template <class S>
void save_trace_json(const std::filesystem::path& path, const nn::Network<S>& network,
                     const SequenceTrace<S>& text, const TraceLabels& labels) {
  write_file(path, [&](std::ostream& out) { write_trace_json(out, network, text, labels); });
}

template void write_trace_json(std::ostream&, const nn::Network<float>&, const SequenceTrace<float>&,
                               const TraceLabels&);
template void write_trace_json(std::ostream&, const nn::Network<double>&, const SequenceTrace<double>&,
                               const TraceLabels&);
template void save_trace_json(const std::filesystem::path&, const nn::Network<float>&,
                              const SequenceTrace<float>&, const TraceLabels&);
template void save_trace_json(const std::filesystem::path&, const nn::Network<double>&,
                              const SequenceTrace<double>&, const TraceLabels&);

}  // namespace gatescope::trace
