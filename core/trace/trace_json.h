#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "core/nn/force_rule.h"
#include "core/trace/sequence_trace.h"

// clang-format off
/// A trace as JSON, schema 1; T steps, V characters, arrays nested as their shapes say. A channel has as many
/// numbers a step as its cell says: H, one a unit; of several a unit the first of each, then the second; N or R.
///
///   {"schema":1, "cell", "dtype":"float32"|"float64",
///    "rules":[RULE, ...],                          those in force, as they are written
///    "text":STRING, "vocabulary":[V],
///    "tokens":[T], "targets":[T],                  places in the vocabulary
///    "loss":[T], "logits":[T][V],                  nats, null where a step is not scored
///    "layers":[                                    layer 0 forward, layer 0 backward, ...
///      {"cell", "hidden", "direction":"forward"|"backward",
///       "channels":{SYMBOL:
///         {"name", "role", "values":[T][H],
///          "raw":[T][H]}},                         where the channel is forced
///       "gradients":{SYMBOL:[T][H]}}],             of the states and the output: total derivatives of the summed loss
///    "parameter_gradients":{NAME:
///      {"shape", "values"}}}                       PyTorch's names and shapes, flat, row-major
// clang-format on
///
/// Of a labelled sequence "text" is what went in, "classes":[V] follows the vocabulary, "targets" are places
/// in the classes, null where a step has no label, and "labels":[T] are their names.
///
/// Of values "inputs":[T][I] stand in place of "tokens", and "targets":[T][V] are what should come out, null
/// where nothing is expected; "loss" is the squared error and "logits" are what came out.
///
/// Of an encoder-decoder "source" is the number of the source's steps and "alpha":[T][source] what each step of
/// the target looks at, with attention. The decoder's layers come after the encoder's; where a layer rests its
/// values are null.
///
/// Numbers have as few digits as they read back the same with; what is not finite is null.
namespace gatescope::trace {

/// What a text trace does not know of itself.
struct TraceLabels {
  std::vector<std::string> vocabulary;    // (V), UTF-8
  std::vector<nn::ForceRule> rules;       // those the network was forced by
  std::string text = {};                  // as it was read; empty: the entries, one after the other
  std::vector<std::string> classes = {};  // of a labelled sequence, UTF-8; empty for a text
};

/// Writes in pieces, so that memory does not grow with the text.
template <class S>
void write_trace_json(std::ostream& out, const nn::Network<S>& network, const SequenceTrace<S>& text,
                      const TraceLabels& labels);

/// Whole or not at all. Throws Error that names the path.
template <class S>
void save_trace_json(const std::filesystem::path& path, const nn::Network<S>& network,
                     const SequenceTrace<S>& text, const TraceLabels& labels);

extern template void write_trace_json(std::ostream&, const nn::Network<float>&, const SequenceTrace<float>&,
                                      const TraceLabels&);
extern template void write_trace_json(std::ostream&, const nn::Network<double>&, const SequenceTrace<double>&,
                                      const TraceLabels&);
extern template void save_trace_json(const std::filesystem::path&, const nn::Network<float>&,
                                     const SequenceTrace<float>&, const TraceLabels&);
extern template void save_trace_json(const std::filesystem::path&, const nn::Network<double>&,
                                     const SequenceTrace<double>&, const TraceLabels&);

}  // namespace gatescope::trace
