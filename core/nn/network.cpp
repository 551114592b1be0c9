#include "core/nn/network.h"

#include <fmt/format.h>

#include <limits>

#include "core/error.h"
#include "core/nn/initialise.h"

namespace gatescope::nn {
namespace {

/// The divisors of a width, as far as they are worth listing.
std::string divisors(Index width) {
  std::string list;
  int count = 0;
  for (Index heads = 1; heads <= width && count < 8; ++heads)
    if (width % heads == 0) list += fmt::format("{}{}", count++ > 0 ? ", " : "", heads);
  return list;
}

void check_cell(const ModelSpec& spec) {
  const CellInfo& cell = find_cell(spec.cell);
  if (spec.heads != 1 && !can_have_heads(spec)) {
    std::string with;
    for (const CellInfo* other : all_cells())
      if (other->has_heads()) with += fmt::format("{}{}", with.empty() ? "" : ", ", other->key);
    fail(
        "{} heads are impossible: the cell {} is not cut into heads, expected 1, or one of {}; "
        "or a norm of every head",
        spec.heads, cell.key, with);
  }
  if (spec.heads < 1 || spec.hidden % spec.heads != 0) {
    fail("{} heads do not divide {} units, expected one of {}", spec.heads, spec.hidden,
         divisors(spec.hidden));
  }
  if (spec.hidden / spec.heads < spec.least_units_of_head()) {
    fail(
        "a norm of every head is impossible with {} heads of {} unit: the norm of one number is 0, "
        "expected heads of {} units or more, at most {} heads of {} units",
        spec.heads, spec.hidden / spec.heads, spec.least_units_of_head(),
        spec.hidden / spec.least_units_of_head(), spec.hidden);
  }
  if (spec.residual && spec.bidirectional) {
    fail(
        "a residual connection is impossible in both directions: {} numbers enter a layer and {} leave each "
        "direction, expected a model that reads in one direction, or none",
        2 * spec.hidden, spec.hidden);
  }
  if (spec.width < 0 || spec.width > kMaxHidden)
    fail("{} numbers between layers are impossible, expected 0 (as many as units) to {}", spec.width,
         kMaxHidden);
  if (spec.width != 0 && !spec.projection)
    fail("{} units leave {} numbers by a projection alone, expected one, or a width of 0", spec.hidden,
         spec.width);
  if (spec.width != 0 && spec.decoder)
    fail(
        "a stream of {} numbers between the layers of an encoder-decoder is impossible, expected 0 (as many "
        "as units)",
        spec.width);
  if (spec.state_size < 0 || spec.state_size > kMaxStateSize)
    fail("a state size of {} is impossible, expected 1 to {}", spec.state_size, kMaxStateSize);
  if (spec.state_size != 0 && !can_have_state_size(spec)) {
    std::string with;
    for (const CellInfo* other : all_cells())
      if (other->free_memories) with += fmt::format("{}{}", with.empty() ? "" : ", ", other->key);
    fail("a state size of {} is impossible: the cell {} says its own, expected none, or one of {}",
         spec.state_size, cell.key, with);
  }
  if (spec.conv != 0 && (spec.conv < 2 || spec.conv > kMaxWindow)) {
    fail("a convolution over {} steps is impossible, expected 0 (none), or 2 to {}", spec.conv, kMaxWindow);
  }
}

/// What pairs are, whoever reads them.
void check_pairs(const ModelSpec& spec, const Interface& interface) {
  if (!interface.pairs) return;
  if (interface.input != InputKind::characters || interface.readout != Readout::softmax ||
      interface.inputs != interface.outputs || interface.inputs <= kEnd + 1)
    fail(
        "pairs of {} inputs and {} outputs are impossible, expected as many characters to be told as to be "
        "read, {} or more",
        interface.inputs, interface.outputs, kEnd + 2);
  if (!spec.decoder && spec.bidirectional)
    fail(
        "one stack that reads a pair in both directions reads the target that it is to tell, expected one "
        "direction, or an encoder-decoder");
}

void check_norms(const ModelSpec& spec) {
  if (!can_have_last_norm(spec) && spec.last_norm != Norm::none)
    fail("a norm before the read-out of a decoder is impossible, expected none, or one stack");
  if (!(spec.norm_epsilon >= 0 && spec.norm_epsilon <= 1))
    fail("a norm that adds {} to the mean of squares is impossible, expected 0 to 1", spec.norm_epsilon);
  if (spec.last_norm == Norm::layer && spec.gives() < 2)
    fail(
        "a layer norm before the read-out is impossible where one number leaves the stack: the norm of one "
        "number is 0, expected 2 numbers or more, or a norm by the root mean square");
}

void check(const ModelSpec& spec, const Interface& interface) {
  if (spec.hidden < 1 || spec.hidden > kMaxHidden) {
    fail("hidden size {} is impossible, expected 1 to {}", spec.hidden, kMaxHidden);
  }
  if (spec.layers < 1 || spec.layers > kMaxLayers) {
    fail("{} layers are impossible, expected 1 to {}", spec.layers, kMaxLayers);
  }
  if (!(spec.dropout >= 0 && spec.dropout < 1))
    fail("dropout {} is impossible, expected 0 up to below 1", spec.dropout);
  if (spec.embedding < 0 || spec.embedding > kMaxHidden) {
    fail("embedding width {} is impossible, expected 0 (one-hot) to {}", spec.embedding, kMaxHidden);
  }
  if (spec.embedding > 0 && interface.input == InputKind::values) {
    fail("an embedding of width {} needs characters, and this task gives values", spec.embedding);
  }
  check_cell(spec);
  check_norms(spec);
  check_pairs(spec, interface);
  check_decoder(spec, interface);
  if (interface.inputs < 1 || interface.outputs < 1 || interface.inputs > kMaxInterface ||
      interface.outputs > kMaxInterface) {
    fail("a network with {} inputs and {} outputs is impossible, expected 1 to {}", interface.inputs,
         interface.outputs, kMaxInterface);
  }
}

template <class S>
struct Layout {
  ParameterTable table;
  ReadoutNorm<S> norm;
  Index embedding = -1, head_weight = -1, head_bias = -1;
  std::vector<LayerParameters> layers;
  DecoderPlaces decoder;
};

/// Names and order are those of a PyTorch module with `embedding`, `rnn`, `norm` and `head`, and, of an
/// encoder-decoder, `decoder`, `bridge` and `attention` between these.
template <class S>
Layout<S> lay_out(const ModelSpec& spec, const Interface& interface) {
  const int directions = spec.bidirectional ? 2 : 1;
  Layout<S> layout;
  if (spec.embedding > 0)
    layout.embedding = layout.table.add_matrix("embedding.weight", interface.inputs, spec.embedding);
  const std::vector<Sizes> layers = layer_sizes(spec, interface);
  for (int layer = 0; layer < spec.layers; ++layer) {
    const Sizes& sizes = layers[layer];
    for (int direction = 0; direction < directions; ++direction) {
      layout.layers.push_back(add_layer(layout.table, spec, sizes, layer, direction == 1));
    }
  }
  if (spec.decoder) {
    layout.decoder =
        lay_out_decoder(spec, interface, std::span(layers).subspan(static_cast<std::size_t>(spec.layers)),
                        layout.embedding, layout.table);
    return layout;
  }
  layout.norm = ReadoutNorm<S>(spec, layout.table);
  layout.head_weight = layout.table.add_matrix("head.weight", interface.outputs, spec.gives());
  layout.head_bias = layout.table.add_vector("head.bias", interface.outputs);
  return layout;
}

}  // namespace

ParameterTable parameter_table(const ModelSpec& spec, const Interface& interface) {
  check(spec, interface);
  return lay_out<float>(spec, interface).table;
}

std::vector<Sizes> layer_sizes(const ModelSpec& spec, const Interface& interface) {
  const CellInfo& cell = cell_of(spec);
  const Index heads = heads_of(spec, 0);
  std::vector<Sizes> all;
  Index inputs = spec.embedding > 0 ? spec.embedding : interface.inputs;
  for (int layer = 0; layer < spec.layers; ++layer) {
    Sizes& sizes = all.emplace_back(cell.sizes(inputs, spec.hidden, heads));
    set_sizes(sizes, cell, spec);
    inputs = spec.gives();
  }
  if (spec.decoder) std::ranges::copy(decoder_sizes(spec), std::back_inserter(all));
  return all;
}

Index count_parameters(const ModelSpec& spec, const Interface& interface) {
  return parameter_table(spec, interface).size();
}

template <class S>
Network<S>::Network(const ModelSpec& spec, const Interface& interface)
    : spec_(spec), interface_(interface), cell_(&cell_of(spec)), decoder_cell_(&cell_of(spec, spec.layers)) {
  check(spec, interface);
  sizes_ = layer_sizes(spec, interface);
  Layout<S> layout = lay_out<S>(spec, interface);
  table_ = std::move(layout.table);
  embedding_ = layout.embedding;
  norm_ = layout.norm;
  head_weight_ = layout.head_weight;
  head_bias_ = layout.head_bias;
  at_ = std::move(layout.layers);
  parameters_.assign(static_cast<std::size_t>(table_.size()), S(0));
  plans_.resize(sizes_.size());
  for (int layer = 0; layer < spec.layers; ++layer) {
    const bool one_hot = layer == 0 && interface.input == InputKind::characters && spec.embedding == 0;
    for (int direction = 0; direction < directions(); ++direction) {
      layers_.push_back(make_layer<S>(*cell_, sizes_[layer], one_hot, at_[index(layer, direction)]));
    }
  }
  if (spec.decoder)
    decoder_ = std::make_unique<Decoder<S>>(spec_, interface_,
                                            std::span(sizes_).subspan(static_cast<std::size_t>(spec.layers)),
                                            std::move(layout.decoder));
}

template <class S>
Index Network<S>::state_numbers() const {
  Index numbers = 0;
  for (int layer = 0; layer < layers(); ++layer)
    for (const State& state : cell(layer).states)
      numbers += sizes_[static_cast<std::size_t>(layer)](cell(layer).channels[state.channel].extent) *
                 (has_backward(layer) ? 2 : 1);
  return numbers;
}

/// Whether what enters a layer must be gathered, because it is not just the hidden state below.
template <class S>
bool Network<S>::own_input(int layer) const {
  return layer == 0 ? spec_.embedding > 0 : spec_.bidirectional || spec_.dropout > 0;
}

template <class S>
void Network<S>::initialise(Rng rng) {
  std::fill(parameters_.begin(), parameters_.end(), S(0));
  if (embedding_ >= 0) {  // standard normal, as PyTorch
    for (Index k = 0; k < interface_.inputs * spec_.embedding; ++k)
      parameters_[embedding_ + k] = static_cast<S>(rng.normal());
  }
  for (int layer = 0; layer < spec_.layers; ++layer) {
    for (int direction = 0; direction < directions(); ++direction) {
      initialise_layer(spec_.init, *cell_, sizes_[layer], at_[index(layer, direction)], parameters_.data(),
                       rng);
    }
  }
  if (decoder_) return decoder_->initialise(spec_, parameters_.data(), rng);
  norm_.initialise(parameters_.data());
  const double bound = 1 / std::sqrt(static_cast<double>(spec_.gives()));
  for (Index k = head_weight_; k < table_.size(); ++k) {
    parameters_[k] = static_cast<S>(rng.uniform(-bound, bound));
  }
}

template <class S>
int Network<S>::pieces() const {
  return static_cast<int>(layers_.size()) * layers_[0]->pieces() +
         (decoder_ ? decoder_->pieces() : head_parts());
}

template <class S>
void Network<S>::prepare(int piece) {
  const int a_layer = layers_[0]->pieces();
  const int layer = piece / a_layer;
  if (layer < static_cast<int>(layers_.size())) {
    layers_[layer]->prepare(piece % a_layer, parameters_.data());
    return;
  }
  const int part = piece - static_cast<int>(layers_.size()) * a_layer;
  if (decoder_) return decoder_->prepare(part, parameters_.data());
  const Index width = head_width();
  const S* weight = parameters_.data() + head_weight_ + part * width * interface_.outputs;
  head_[part].pack(weight, interface_.outputs, interface_.outputs, width);
  head_transposed_[part].pack_transposed(weight, interface_.outputs, width, interface_.outputs);
}

template <class S>
void Network<S>::prepare_all() {
  for (int piece = 0; piece < pieces(); ++piece) prepare(piece);
}

template <class S>
void Network<S>::force(std::span<const ForceRule> rules) {
  for (const ForceRule& rule : rules) check_rule(rule, spec_, sizes_);
  kept_ = {};
  if (decoder_) decoder_->force(rules);
  for (int layer = 0; layer < layers(); ++layer) {
    Plan<S>& plan = plans_[layer];
    plan = Plan<S>(rules, layer, cell(layer), sizes_[layer]);
    kept_.raw = kept_.raw || !plan.empty();
    kept_.activated = kept_.activated || plan.acts_before_activations();
  }
}

template <class S>
void Network<S>::resize(Trace<S>& trace, Index steps, Index batch) const {
  const auto layers = static_cast<std::size_t>(spec_.layers);
  const std::size_t tapes = layers_.size() + (decoder_ ? layers : 0);
  if (trace.tapes.size() != tapes) {
    trace.tapes.clear();
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      const bool reverse = static_cast<int>(k) % directions() == 1;
      trace.tapes.emplace_back(*cell_, layers_[k]->sizes(), reverse);
    }
    if (decoder_)
      for (const auto& layer : decoder_->layers())
        trace.tapes.emplace_back(layer->info(), layer->sizes(), false);
    trace.inputs.resize(layers);
    trace.input_gradients.resize(layers);
    trace.masks.resize(layers);
  }
  trace.steps = steps;
  trace.batch = batch;
  trace.never_told = interface_.pairs ? kEnd : 0;  // what comes before it
  KeptValues kept = kept_;
  kept.all = !trace.lean || kept.raw;
  for (auto& tape : trace.tapes) tape.resize(steps, batch, kept, trace.file);
  for (int layer = 0; layer < spec_.layers; ++layer) {
    if (!own_input(layer)) continue;
    const auto k = static_cast<std::size_t>(layer);
    const auto size = static_cast<std::size_t>(layer_inputs(layer) * steps * batch);
    trace.inputs[k].resize(size, trace.file);
    trace.input_gradients[k].resize(size, trace.file);
  }
  trace.outputs.resize(interface_.outputs, steps * batch, trace.file);
  if (norm_) {
    trace.normed.resize(spec_.gives(), steps * batch, trace.file);
    trace.normed_gradients.resize(spec_.gives(), steps * batch, trace.file);
  }
  if (decoder_) decoder_->resize(trace);
}

template <class S>
void Network<S>::clear_states(Trace<S>& trace) const {
  for (auto& tape : trace.tapes) tape.clear_states();
}

template <class S>
void Network<S>::gather_input(Trace<S>& trace, int layer, const LayerInput<S>& input,
                              const std::optional<DropoutKey>& dropout) const {
  const auto k = static_cast<std::size_t>(layer);
  const Index columns = trace.steps * trace.batch;
  MatrixView<S> x(trace.inputs[k].data(), layer_inputs(layer), columns);
  if (layer == 0) {
    const ConstMatrixView<S> embedding(parameters_.data() + embedding_, interface_.inputs, spec_.embedding);
    trace.in_pieces(x.rows(), [&](Index first, Index count) {
      for (Index n = first; n < first + count; ++n) x.col(n) = embedding.row(input.tokens[n]).transpose();
    });
    return;
  }
  trace.in_pieces(x.rows(), [&](Index first, Index count) {
    for (int direction = 0; direction < directions(); ++direction) {
      x.block(direction * spec_.leaves(), first, spec_.leaves(), count) =
          trace.tapes[index(layer - 1, direction)].values(cell_->output).middleCols(first, count);
    }
  });
  trace.masks[k].clear();
  if (!dropout || spec_.dropout <= 0) return;
  trace.masks[k].resize(static_cast<std::size_t>(x.size()));
  // Of an encoder-decoder the same whatever the longest source of the batch is.
  const Index first_step = decoder_ ? trace.pair.start : 0;
  for (Index n = 0; n < columns; ++n)
    draw_mask<S>(*dropout, spec_.dropout, layer, n / trace.batch - first_step, n % trace.batch,
                 std::span(trace.masks[k].data() + n * x.rows(), static_cast<std::size_t>(x.rows())));
  x.array() *= ConstBlock<S>(trace.masks[k].data(), x.rows(), x.cols());
}

template <class S>
LayerInput<S> Network<S>::input_of(Trace<S>& trace, int layer, const LayerInput<S>& input) const {
  if (own_input(layer)) return {nullptr, trace.inputs[layer].data()};
  if (layer == 0) return input;
  return {nullptr, trace.tapes[layer - 1].value(cell_->output, 0)};
}

template <class S>
void Network<S>::blank_rest(Trace<S>& trace) const {
  if (!decoder_) return;
  const S none = std::numeric_limits<S>::quiet_NaN();
  for (std::size_t k = 0; k < trace.tapes.size(); ++k) {
    LayerTape<S>& tape = trace.tapes[k];
    const bool encoder = layer_of(k) < spec_.layers;
    for (Index t = 0; t < trace.steps; ++t) {
      if (!rests(trace, layer_of(k), t)) continue;
      // States from which the first step begins stay.
      const bool begins = encoder ? tape.reverse() && t == trace.pair.start : t + 1 == trace.pair.start;
      for (int channel = 0; channel < static_cast<int>(tape.info().channels.size()); ++channel) {
        if (begins && tape.info().is_state(channel)) continue;
        std::fill_n(tape.value(channel, t), tape.width(channel) * trace.batch, none);
        if (tape.forced()) std::fill_n(tape.raw(channel, t), tape.width(channel) * trace.batch, none);
      }
    }
  }
}

template <class S>
bool Network<S>::forward_piece(Trace<S>& trace, const LayerInput<S>& input, Progress& at, Index steps,
                               const std::optional<DropoutKey>& dropout) const {
  if (decoder_) steps = trace.steps;  // in one piece: pairs are short
  const Index count = std::min(steps, trace.steps - at.done), read_out_pass = std::ssize(layers_);
  if (decoder_ && at.pass == 0) decoder_->begin(trace, input.tokens);
  if (at.pass < read_out_pass) {
    const auto which = static_cast<std::size_t>(at.pass);
    const int layer = static_cast<int>(at.pass) / directions();
    const bool enters = at.done == 0 && at.pass % directions() == 0;
    if (enters && own_input(layer)) gather_input(trace, layer, input, dropout);
    LayerTape<S>& tape = trace.tapes[which];
    const Index first = tape.reverse() ? trace.steps - at.done - count : at.done;
    if (decoder_)
      decoder_->encode(*layers_[which], tape, input_of(trace, layer, input), plans_[layer], trace.pair);
    else
      layers_[which]->forward_steps(tape, input_of(trace, layer, input), &plans_[layer], {first, count});
  } else if (decoder_) {
    decoder_->forward(trace, input.tokens, parameters_.data(), decoder_plans(), dropout);
  } else {
    read_out(trace, {at.done, count});
  }
  at.done += count;
  if (at.done == trace.steps) at = {at.pass + 1, 0};
  return at.pass <= read_out_pass;
}

template <class S>
S* Network<S>::seen(Trace<S>& trace, int part) const {
  return norm_ ? trace.normed.data() : trace.tapes[index(spec_.layers - 1, part)].value(cell_->output, 0);
}

template <class S>
S* Network<S>::seen_gradient(Trace<S>& trace, int part) const {
  return norm_ ? trace.normed_gradients.data()
               : trace.tapes[index(spec_.layers - 1, part)].gradient(cell_->output, 0);
}

template <class S>
void Network<S>::gather_leaving(Trace<S>& trace, Index column, S* to) const {
  const Index width = spec_.leaves();
  for (int direction = 0; direction < directions(); ++direction)
    std::copy_n(trace.tapes[index(spec_.layers - 1, direction)].value(cell_->output, 0) + column * width,
                width, to + direction * width);
}

template <class S>
void Network<S>::norm(Trace<S>& trace, Index first, Index count) const {
  S* const x = trace.tapes.back().sum_of(spec_.gives()).data();
  for (Index n = first; n < first + count; ++n) {
    gather_leaving(trace, n, x);
    norm_.forward(parameters_.data(), x, trace.normed.col(n).data());
  }
}

template <class S>
void Network<S>::norm_back(Trace<S>& trace, S* gradients, Index first, Index count) const {
  const Index all = spec_.gives(), width = spec_.leaves();
  S *const x = trace.tapes.back().sum_of(2 * all).data(), *const dx = x + all;
  for (Index n = first; n < first + count; ++n) {
    gather_leaving(trace, n, x);
    norm_.backward(parameters_.data(), x, trace.normed_gradients.col(n).data(), dx, gradients);
    for (int direction = 0; direction < directions(); ++direction)
      std::copy_n(dx + direction * width, width,
                  trace.tapes[index(spec_.layers - 1, direction)].gradient(cell_->output, 0) + n * width);
  }
}

template <class S>
void Network<S>::read_out(Trace<S>& trace, const StepRange& range) const {
  const Index outputs = interface_.outputs, width = head_width();
  trace.in_pieces(outputs + spec_.gives(), range, [&](Index first, Index count) {
    S* const to = trace.outputs.data() + first * outputs;
    if (norm_) norm(trace, first, count);
    for (int part = 0; part < head_parts(); ++part) {
      const Columns<S> start =
          part == 0 ? Columns<S>{parameters_.data() + head_bias_} : Columns<S>{to, outputs};
      head_[part].multiply(start, seen(trace, part) + first * width, width, to, outputs, count);
    }
  });
}

template <class S>
void Network<S>::backward_head(Trace<S>& trace, S* gradients, const StepRange& range) const {
  const Index outputs = interface_.outputs, width = head_width();
  trace.in_pieces(outputs + 2 * spec_.gives(), range, [&](Index first, Index count) {
    const S* d = trace.output_gradients.data() + first * outputs;
    kernels<S>().add_columns(gradients + head_bias_, d, outputs, count);
    for (int part = 0; part < head_parts(); ++part) {
      head_transposed_[part].multiply({}, d, outputs, seen_gradient(trace, part) + first * width, width,
                                      count);
      S* to = gradients + head_weight_ + part * width * outputs;
      add_outer_products(&d, &to, 1, outputs, seen(trace, part) + first * width, width, count, outputs,
                         trace.tapes[index(spec_.layers - 1, part)].scratch);
    }
    if (norm_) norm_back(trace, gradients, first, count);
  });
}

template <class S>
Matrix<S> Network<S>::told(Matrix<S> leaving) const {
  for (Index n = 0; norm_ && n < leaving.cols(); ++n)
    norm_.forward(parameters_.data(), leaving.col(n).data(), leaving.col(n).data());
  Matrix<S> outputs =
      ConstMatrixView<S>(parameters_.data() + head_weight_, interface_.outputs, spec_.gives()) * leaving;
  outputs.colwise() += Eigen::Map<const Vector<S>>(parameters_.data() + head_bias_, interface_.outputs);
  return outputs;
}

template <class S>
Matrix<S> Network<S>::told_back(const Matrix<S>& leaving, const Matrix<S>& output_gradients) const {
  Matrix<S> gradients =
      ConstMatrixView<S>(parameters_.data() + head_weight_, interface_.outputs, spec_.gives()).transpose() *
      output_gradients;
  for (Index n = 0; norm_ && n < leaving.cols(); ++n)
    norm_.backward(parameters_.data(), leaving.col(n).data(), gradients.col(n).data(),
                   gradients.col(n).data(), nullptr);
  return gradients;
}

/// Hands the gradient of what entered a layer down to the hidden states below it, or to the embedding.
template <class S>
void Network<S>::spread_input_gradient(Trace<S>& trace, int layer, const LayerInput<S>& input,
                                       S* gradients) const {
  const auto k = static_cast<std::size_t>(layer);
  const Index columns = trace.steps * trace.batch;
  MatrixView<S> dx(trace.input_gradients[k].data(), layer_inputs(layer), columns);
  if (layer == 0) {
    MatrixView<S> embedding(gradients + embedding_, interface_.inputs, spec_.embedding);
    trace.in_pieces(dx.rows(), [&](Index first, Index count) {
      for (Index n = first; n < first + count; ++n) embedding.row(input.tokens[n]) += dx.col(n).transpose();
    });
    return;
  }
  if (!trace.masks[k].empty()) dx.array() *= ConstBlock<S>(trace.masks[k].data(), dx.rows(), dx.cols());
  trace.in_pieces(dx.rows(), [&](Index first, Index count) {
    for (int direction = 0; direction < directions(); ++direction) {
      trace.tapes[index(layer - 1, direction)].gradients(cell_->output).middleCols(first, count) =
          dx.block(direction * spec_.leaves(), first, spec_.leaves(), count);
    }
  });
}

template <class S>
bool Network<S>::backward_piece(Trace<S>& trace, const LayerInput<S>& input, S* gradients, Progress& at,
                                Index steps, S* input_gradient) const {
  // The read-out, then of every direction of every layer, from the top, first its steps and then the
  // gradients of its weights.
  if (decoder_) steps = trace.steps;
  const Index number = (at.pass - 1) / 2, in_steps = at.pass % 2;
  if (!in_steps) steps = (steps + kStepsTogether - 1) / kStepsTogether * kStepsTogether;
  const Index count = std::min(steps, trace.steps - at.done);
  const bool begins = at.done == 0, ends = at.done + count == trace.steps;
  if (at.pass == 0 && decoder_) {
    decoder_->backward(trace, decoder_plans(), gradients);
  } else if (at.pass == 0) {
    backward_head(trace, gradients, {at.done, count});
  } else {
    const int layer = spec_.layers - 1 - static_cast<int>(number) / directions();
    const int direction = static_cast<int>(number) % directions();
    const auto k = static_cast<std::size_t>(layer), which = static_cast<std::size_t>(index(layer, direction));
    LayerTape<S>& tape = trace.tapes[which];
    S* dx = own_input(layer) ? trace.input_gradients[k].data()
            : layer > 0      ? trace.tapes[k - 1].gradient(cell_->output, 0)
                             : input_gradient;
    // Both directions read the same input: their gradients add up.
    Storage<S>& share = trace.backward_share;
    if (in_steps) {
      if (begins && direction == 0) {
        share.resize(spec_.bidirectional && dx
                         ? static_cast<std::size_t>(layer_inputs(layer) * trace.steps * trace.batch)
                         : 0,
                     trace.file);
      }
      if (begins) layers_[which]->leave_back(tape, &plans_[k], gradients);
      const Index first = tape.reverse() ? at.done : trace.steps - at.done - count;
      if (decoder_)
        decoder_->encode_back(*layers_[which], tape, input_of(trace, layer, input), plans_[k], trace.pair,
                              layer, gradients);
      else
        layers_[which]->backward_steps(tape, input_of(trace, layer, input), &plans_[k], gradients,
                                       {first, count});
    } else {
      layers_[which]->add_gradients(tape, input_of(trace, layer, input), gradients,
                                    direction == 1 && dx ? share.data() : dx, {at.done, count});
      if (ends && direction == directions() - 1) {
        if (!share.empty()) {
          trace.in_pieces(layer_inputs(layer), [&](Index first, Index columns) {
            const Index begin = first * layer_inputs(layer), end = begin + columns * layer_inputs(layer);
            for (Index n = begin; n < end; ++n) dx[n] += share[n];
          });
        }
        if (own_input(layer)) spread_input_gradient(trace, layer, input, gradients);
      }
    }
  }
  at.done += count;
  if (ends) at = {at.pass + 1, 0};
  return at.pass <= 2 * std::ssize(layers_);
}

template class Network<float>;
template class Network<double>;

}  // namespace gatescope::nn
