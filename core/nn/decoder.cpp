#include "core/nn/decoder.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/nn/initialise.h"
#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

/// Numbers beside the embedding that enter the lowest layer.
Index beside_embedding(const ModelSpec& spec) {
  if (spec.decoder->attention == Attention::bahdanau) return spec.gives();
  return spec.decoder->input_feeding ? spec.hidden : 0;
}

Index feature_width(const ModelSpec& spec) {
  if (spec.decoder->attention != Attention::bahdanau) return spec.hidden;
  return spec.hidden + spec.gives() + spec.embedding;
}

/// The steps at which sources begin after the first one has, in order.
template <class S>
std::vector<Index> later_begins(const PairTape<S>& pair, Index first) {
  std::vector<Index> begins;
  for (const Index begin : pair.begins)
    if (begin > first && begin < pair.start) begins.push_back(begin);
  std::ranges::sort(begins);
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
  return begins;
}

template <class S>
Index first_begin(const PairTape<S>& pair) {
  return std::ranges::min(pair.begins);
}

// Of the steps at which a tape rests.
template <class S>
void clear_values(LayerTape<S>& tape, Index first, Index count) {
  if (count <= 0) return;
  for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k) {
    if (!tape.keeps_values(k)) continue;
    std::fill_n(tape.value(k, first), tape.width(k) * tape.batch() * count, S(0));
    if (tape.forced()) std::fill_n(tape.raw(k, first), tape.width(k) * tape.batch() * count, S(0));
  }
}
template <class S>
void clear_gradients(LayerTape<S>& tape, Index first, Index count) {
  if (count <= 0) return;
  for (int k = 0; k < static_cast<int>(tape.info().channels.size()); ++k)
    if (tape.keeps_gradients(k))
      std::fill_n(tape.gradient(k, first), tape.width(k) * tape.batch() * count, S(0));
}

/// Sets (width, B) of the entries whose source begins at a step.
template <class S>
void set_entries(const PairTape<S>& pair, Index begin, Index width, S* block, S value) {
  for (std::size_t b = 0; b < pair.begins.size(); ++b)
    if (pair.begins[b] == begin) std::fill_n(block + static_cast<Index>(b) * width, width, value);
}

template <class S>
void pack(PackedMatrix<S>& weights, PackedMatrix<S>& transposed, const S* at, Index rows, Index cols) {
  weights.pack(at, rows, rows, cols);
  transposed.pack_transposed(at, rows, cols, rows);
}

}  // namespace

void check_decoder(const ModelSpec& spec, const Interface& interface) {
  if (!spec.decoder) return;
  if (!interface.pairs)
    fail(
        "a decoder needs pairs of a source and a target, and this task has none: expected one such as "
        "reverse or dates");
  if (spec.embedding < 1)
    fail("an encoder-decoder needs an embedding, expected a width of 1 to {}", kMaxHidden);
  const DecoderSpec& decoder = *spec.decoder;
  if (decoder.attention == Attention::none && crossings(spec).empty())
    fail(
        "a decoder of {} without attention would know nothing of the source: it keeps no state of {} numbers "
        "that the encoder's hidden state could begin, expected an attention, or another cell",
        cell_of(spec, spec.layers).key, spec.hidden);
  if (decoder.attention == Attention::dot && spec.bidirectional)
    fail("dot attention compares {} numbers with {}: expected an encoder of one direction, or general",
         spec.hidden, spec.gives());
  if (decoder.input_feeding && !can_feed_input(decoder.attention))
    fail("input feeding belongs to dot, general and concat attention, expected one of these");
}

Index heads_of(const ModelSpec& spec, int layer) {
  return spec.head_norm || find_cell(spec.cell_key(layer)).has_heads() ? spec.heads : 1;
}

std::vector<Crossing> crossings(const ModelSpec& spec) {
  const CellInfo &from = cell_of(spec), &to = cell_of(spec, spec.layers);
  std::vector<Crossing> all;
  if (!spec.has_two_cells()) {
    for (const State& state : from.alone().states)
      all.push_back({state.channel, state.channel,
                     spec.decoder->attention == Attention::bahdanau && state.channel == to.hidden()});
    return all;
  }
  for (const int channel : {to.hidden(), to.memory()})
    if (all.empty() && to.is_state(channel) && to.channels[channel].one_a_unit())
      all.push_back({from.hidden(), channel, true});
  return all;
}

std::vector<Sizes> decoder_sizes(const ModelSpec& spec) {
  std::vector<Sizes> all;
  Index inputs = spec.embedding + beside_embedding(spec);
  const CellInfo& cell = cell_of(spec, spec.layers);
  for (int layer = 0; layer < spec.layers; ++layer) {
    Sizes& sizes = all.emplace_back(cell.sizes(inputs, spec.hidden, heads_of(spec, spec.layers)));
    sizes.window = spec.conv;
    sizes.norm_epsilon = spec.norm_epsilon;
    inputs = spec.hidden;
  }
  return all;
}

DecoderPlaces lay_out_decoder(const ModelSpec& spec, const Interface& interface, std::span<const Sizes> sizes,
                              Index shared_embedding, ParameterTable& table) {
  const Index hidden = spec.hidden, annotation = spec.gives();
  DecoderPlaces places;
  places.embedding = spec.decoder->shared_embedding
                         ? shared_embedding
                         : table.add_matrix("decoder.embedding.weight", interface.inputs, spec.embedding);
  for (int layer = 0; layer < spec.layers; ++layer) {
    places.layers.push_back(
        add_layer(table, spec, sizes[static_cast<std::size_t>(layer)], spec.layers + layer, false));
  }
  const Attention attention = spec.decoder->attention;
  const std::vector<Crossing> over = crossings(spec);
  if (std::ranges::any_of(over, &Crossing::bent))
    for (int layer = 0; layer < spec.layers; ++layer)
      places.bridges.push_back(table.add_matrix(fmt::format("bridge.weight_l{}", layer), hidden, hidden));
  if (attention == Attention::bahdanau || attention == Attention::concat) {
    places.query = table.add_matrix("attention.query.weight", hidden, hidden);
    places.energy = table.add_vector("attention.energy.weight", hidden, true);
  }
  if (attention != Attention::none && attention != Attention::dot)
    places.key = table.add_matrix("attention.key.weight", hidden, annotation);
  if (attention != Attention::none && attention != Attention::bahdanau)
    places.combine = table.add_matrix("attention.combine.weight", hidden, annotation + hidden);
  places.head_weight = table.add_matrix("head.weight", interface.outputs, feature_width(spec));
  places.head_bias = table.add_vector("head.bias", interface.outputs);
  return places;
}

template <class S>
Decoder<S>::Decoder(const ModelSpec& spec, const Interface& interface, std::span<const Sizes> sizes,
                    DecoderPlaces places)
    : cell_(cell_of(spec, spec.layers)),
      attention_(spec.decoder->attention),
      feeds_(spec.decoder->input_feeding),
      directions_(spec.bidirectional ? 2 : 1),
      dropout_(spec.dropout),
      crossings_(crossings(spec)),
      hidden_(spec.hidden),
      annotation_(spec.gives()),
      embedding_(spec.embedding),
      outputs_(interface.outputs),
      features_(feature_width(spec)),
      inputs_(sizes[0].inputs),
      first_tape_(static_cast<std::size_t>(spec.layers * directions_)),
      places_(std::move(places)),
      bridges_(places_.bridges.size()),
      bridges_transposed_(places_.bridges.size()) {
  for (std::size_t layer = 0; layer < sizes.size(); ++layer)
    layers_.push_back(make_stepped_layer<S>(cell_, sizes[layer], false, places_.layers[layer]));
  bridge_.resize(layers_.size());
}

template <class S>
void Decoder<S>::initialise(const ModelSpec& spec, S* parameters, Rng& rng) const {
  if (!spec.decoder->shared_embedding)  // standard normal, as PyTorch
    for (Index k = places_.embedding; k < places_.layers[0][0]; ++k)
      parameters[k] = static_cast<S>(rng.normal());
  for (std::size_t layer = 0; layer < layers_.size(); ++layer)
    initialise_layer(spec.init, cell_, layers_[layer]->sizes(), places_.layers[layer], parameters, rng);
  const auto uniform = [&](Index at, Index rows, Index cols) {  // as PyTorch's linear layers
    if (at < 0) return;
    const double bound = 1 / std::sqrt(static_cast<double>(cols));
    for (Index k = 0; k < rows * cols; ++k) parameters[at + k] = static_cast<S>(rng.uniform(-bound, bound));
  };
  for (const Index bridge : places_.bridges) uniform(bridge, hidden_, hidden_);
  uniform(places_.query, hidden_, hidden_);
  uniform(places_.key, hidden_, annotation_);
  uniform(places_.energy, 1, hidden_);
  uniform(places_.combine, hidden_, annotation_ + hidden_);
  uniform(places_.head_weight, outputs_, features_);
  const double bound = 1 / std::sqrt(static_cast<double>(features_));
  for (Index k = 0; k < outputs_; ++k)
    parameters[places_.head_bias + k] = static_cast<S>(rng.uniform(-bound, bound));
}

template <class S>
void Decoder<S>::prepare(int piece, const S* parameters) {
  const int a_layer = layers_[0]->pieces(), layer = piece / a_layer;
  if (layer < static_cast<int>(std::ssize(layers_)))
    return layers_[static_cast<std::size_t>(layer)]->prepare(piece % a_layer, parameters);
  for (std::size_t k = 0; k < bridges_.size(); ++k)
    pack(bridges_[k], bridges_transposed_[k], parameters + places_.bridges[k], hidden_, hidden_);
  if (places_.query >= 0) pack(query_, query_transposed_, parameters + places_.query, hidden_, hidden_);
  if (places_.key >= 0) pack(key_, key_transposed_, parameters + places_.key, hidden_, annotation_);
  if (is_additive()) energy_weights_ = Eigen::Map<const Vector<S>>(parameters + places_.energy, hidden_);
  if (places_.combine >= 0)
    pack(combine_, combine_transposed_, parameters + places_.combine, hidden_, annotation_ + hidden_);
  pack(head_, head_transposed_, parameters + places_.head_weight, outputs_, features_);
}

template <class S>
void Decoder<S>::force(std::span<const ForceRule> rules) {
  feed_ = {rules, kFeed, false};
  alpha_ = {rules, kAlpha, false};
  energy_ = {rules, kAlpha, true};
  context_ = {rules, kContext, false};
  bridge_.clear();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer)  // as many of the encoder's come before
    bridge_.emplace_back(rules, kBridge, static_cast<int>(layers_.size() + layer));
}

template <class S>
void Decoder<S>::resize(Trace<S>& trace) const {
  PairTape<S>& pair = trace.pair;
  const Index columns = trace.steps * trace.batch;
  pair.begins.assign(static_cast<std::size_t>(trace.batch), 0);
  pair.read.resize(static_cast<std::size_t>(columns));
  for (Matrix<S>* inputs : {&pair.inputs, &pair.input_gradients}) inputs->resize(inputs_, columns);
  for (Matrix<S>* features : {&pair.features, &pair.feature_gradients}) features->resize(features_, columns);
  pair.crossing.resize(bridges_.size());
  pair.crossed.resize(bridges_.size());
  pair.ended_gradients.resize(layers_.size());
  pair.between.resize(layers_.size());
  pair.masks.resize(layers_.size());
  for (Matrix<S>* contexts : {&pair.contexts, &pair.context_gradients})
    contexts->resize(attends() ? annotation_ : 0, columns);
  for (Matrix<S>* queries : {&pair.queries, &pair.query_gradients})
    queries->resize(is_additive() ? hidden_ : 0, columns);
  for (Matrix<S>* attended : {&pair.attended, &pair.attended_gradients})
    attended->resize(places_.combine >= 0 ? hidden_ : 0, columns);
}

template <class S>
void Decoder<S>::begin(Trace<S>& trace, const int* given) const {
  PairTape<S>& pair = trace.pair;
  const Index T = trace.steps, B = trace.batch;
  // Sources end together: the sign stands at the same step of all entries.
  for (pair.start = 0; pair.start < T && given[pair.start * B] != kStart;) ++pair.start;
  for (Index b = 0; b < B; ++b) {
    if (pair.start < T && given[pair.start * B + b] != kStart)
      fail("the sources of a batch end at different steps, expected the sign that a target begins at step {}",
           pair.start);
    Index& begin = pair.begins[static_cast<std::size_t>(b)];
    for (begin = 0; begin < pair.start && given[begin * B + b] == kFill;) ++begin;
  }
  const Index sources = pair.start * B;
  for (Matrix<S>* of : {&pair.annotations, &pair.annotation_gradients})
    of->resize(attends() ? annotation_ : 0, sources);
  for (Matrix<S>* of : {&pair.keys, &pair.key_gradients}) of->resize(places_.key >= 0 ? hidden_ : 0, sources);
  for (Matrix<S>* of : {&pair.alpha, &pair.raw_alpha, &pair.alpha_gradients})
    of->resize(attends() ? pair.start : 0, T * B);
}

template <class S>
void Decoder<S>::encode(const Layer<S>& layer, LayerTape<S>& tape, const LayerInput<S>& input,
                        const Plan<S>& plan, const PairTape<S>& pair) const {
  const Index first = first_begin(pair), end = pair.start;
  if (tape.reverse())
    tape.begins.assign(pair.begins.size(), end - 1);
  else
    tape.begins = pair.begins;
  clear_values(tape, 0, first);
  clear_values(tape, end, tape.steps() - end);
  if (first == end) return;
  const Index begins = tape.reverse() ? end - 1 : first;
  for (const State& state : tape.info().states)
    std::fill_n(tape.previous_value(state.channel, begins), tape.width(state.channel) * tape.batch(),
                static_cast<S>(state.initial));
  Index from = first;
  if (!tape.reverse()) {
    for (const Index begin : later_begins(pair, first)) {
      layer.forward_steps(tape, input, &plan, {from, begin - from});
      for (const State& state : tape.info().states)
        set_entries(pair, begin, tape.width(state.channel), tape.previous_value(state.channel, begin),
                    static_cast<S>(state.initial));
      from = begin;
    }
  }
  layer.forward_steps(tape, input, &plan, {from, end - from});
}

template <class S>
void Decoder<S>::encode_back(const Layer<S>& layer, LayerTape<S>& tape, const LayerInput<S>& input,
                             const Plan<S>& plan, const PairTape<S>& pair, int number, S* gradients) const {
  const Index first = first_begin(pair), end = pair.start, batch = tape.batch();
  tape.ends_given = true;
  if (first < end) {
    const Index last = tape.reverse() ? first : end - 1, begins = tape.reverse() ? end - 1 : first;
    const bool ended = tape.reverse() == (directions_ == 2);
    const auto& given = pair.ended_gradients[static_cast<std::size_t>(number)];
    // What came back over the bridge joins the gradients after an entry's last step.
    const auto arrive = [&](Index at) {
      for (std::size_t k = 0; ended && k < given.size(); ++k) {
        const int channel = crossings_[k].from;
        const Index width = tape.width(channel);
        S* const d = tape.gradient(channel, at);
        for (Index b = 0; b < batch; ++b)
          if (!tape.reverse() || pair.begins[static_cast<std::size_t>(b)] == at)
            for (Index n = b * width; n < (b + 1) * width; ++n) d[n] += given[k].data()[n];
      }
    };
    const CellInfo& cell = tape.info();
    for (const State& state : cell.alone().states) {
      const Index size = tape.width(state.channel) * batch;
      std::fill_n(tape.previous_gradient(state.channel, begins), size, S(0));
      if (state.channel != cell.hidden()) std::fill_n(tape.gradient(state.channel, last), size, S(0));
    }
    arrive(last);
    const std::vector<Index> later = later_begins(pair, first);
    if (tape.reverse()) {
      Index from = first;
      for (const Index begin : later) {
        layer.backward_steps(tape, input, &plan, gradients, {from, begin - from});
        arrive(begin);
        from = begin;
      }
      layer.backward_steps(tape, input, &plan, gradients, {from, end - from});
    } else {
      Index to = end;
      for (auto begin = later.rbegin(); begin != later.rend(); ++begin) {
        layer.backward_steps(tape, input, &plan, gradients, {*begin, to - *begin});
        for (const State& state : tape.info().states)
          set_entries(pair, *begin, tape.width(state.channel), tape.previous_gradient(state.channel, *begin),
                      S(0));
        to = *begin;
      }
      layer.backward_steps(tape, input, &plan, gradients, {first, to - first});
    }
  }
  clear_gradients(tape, 0, first);
  clear_gradients(tape, end, tape.steps() - end);
}

/// What the encoder says of every step of the source, and what queries are compared with.
template <class S>
void Decoder<S>::annotate(Trace<S>& trace) const {
  PairTape<S>& pair = trace.pair;
  const Index columns = pair.start * trace.batch;
  if (!attends() || columns == 0) return;
  for (int direction = 0; direction < directions_; ++direction) {
    const auto& tape = trace.tapes[first_tape_ - static_cast<std::size_t>(directions_ - direction)];
    pair.annotations.middleRows(direction * hidden_, hidden_) =
        tape.values(tape.info().output).leftCols(columns);
  }
  if (places_.key >= 0)
    key_.multiply({}, pair.annotations.data(), annotation_, pair.keys.data(), hidden_, columns);
}

/// The states that the decoder begins with: those in which the encoder ended.
template <class S>
void Decoder<S>::cross_bridge(Trace<S>& trace) const {
  PairTape<S>& pair = trace.pair;
  const Index start = pair.start;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    LayerTape<S>&from = ended(trace, layer), &to = tape(trace, layer);
    if (!cell_.is_state(cell_.output))
      std::fill_n(to.previous_value(cell_.output, start), hidden_ * trace.batch, S(0));
    for (const State& state : cell_.states)
      std::fill_n(to.previous_value(state.channel, start), to.width(state.channel) * trace.batch,
                  static_cast<S>(state.initial));
    for (const Crossing& crossing : crossings_) {
      const Index width = to.width(crossing.to);
      S* const begins = to.previous_value(crossing.to, start);
      for (Index b = 0; b < trace.batch; ++b) {
        const Index begin = pair.begins[static_cast<std::size_t>(b)];
        if (begin < start)
          std::copy_n(from.value(crossing.from, from.reverse() ? begin : start - 1) + b * width, width,
                      begins + b * width);
      }
      if (crossing.bent) {
        Matrix<S>& ended_in = pair.crossing[layer];
        ended_in = MatrixView<S>(begins, width, trace.batch);
        bridges_[layer].multiply({}, ended_in.data(), hidden_, begins, hidden_, trace.batch);
        MatrixView<S> bent(begins, width, trace.batch);
        bent = bent.array().tanh();
        pair.crossed[layer] = bent;
      }
      const DecoderRules<S>& rules = bridge_[layer];
      for (Index n = 0; !rules.empty() && n < width * trace.batch; ++n) {
        const auto rule = rules.at(0, n % width % hidden_);
        begins[n] = rule.scale * begins[n] + rule.shift;
      }
    }
  }
}

template <class S>
void Decoder<S>::return_over_bridge(Trace<S>& trace, S* gradients) const {
  PairTape<S>& pair = trace.pair;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    LayerTape<S>& from = tape(trace, layer);
    std::vector<Matrix<S>>& all = pair.ended_gradients[layer];
    all.resize(crossings_.size());
    for (std::size_t k = 0; k < crossings_.size(); ++k) {
      const int channel = crossings_[k].to;
      const Index width = from.width(channel);
      Matrix<S>& d = all[k];
      d = MatrixView<S>(from.previous_gradient(channel, pair.start), width, trace.batch);
      if (const DecoderRules<S>& rules = bridge_[layer]; !rules.empty())
        for (Index n = 0; n < d.size(); ++n) d.data()[n] *= rules.at(0, n % width % hidden_).scale;
      if (crossings_[k].bent) {
        d.array() *= 1 - pair.crossed[layer].array().square();
        outer_product(d.data(), hidden_, pair.crossing[layer].data(), hidden_, trace.batch,
                      gradients + places_.bridges[layer], from);
        pair.scratch = d;
        bridges_transposed_[layer].multiply({}, pair.scratch.data(), hidden_, d.data(), hidden_, trace.batch);
      }
      for (Index b = 0; b < trace.batch; ++b)  // of an empty source the states began by themselves
        if (pair.begins[static_cast<std::size_t>(b)] == pair.start) d.col(b).setZero();
    }
  }
}

/// Step t reads the truth or what step t - 1 told; the embedding of it is the input's upper part.
template <class S>
void Decoder<S>::read(Trace<S>& trace, Index t, const int* given,
                      const std::optional<DropoutKey>& random) const {
  PairTape<S>& pair = trace.pair;
  const Index B = trace.batch, step = t - pair.start;
  std::optional<bool> all = trace.feeds_itself;  // or each for itself
  if (!all && feed_.act_at(step)) all = feed_.at(step, 0).shift != 0;
  for (Index b = 0; b < B; ++b) {
    const Index column = t * B + b;
    bool own = all.value_or(false);
    if (!all && random && random->own_share > 0) {
      Rng rng{random->seed, random->update, 0xfeed, static_cast<std::uint64_t>(step),
              static_cast<std::uint64_t>(random->first_entry + b)};
      own = rng.uniform() < random->own_share;
    }
    int& symbol = pair.read[static_cast<std::size_t>(column)];
    symbol = given[column];
    if (!own || step == 0) continue;  // the first is the sign itself
    symbol = static_cast<int>(trace.likeliest(column - B));
  }
}

/// What enters a layer from the one below it at step t, some of it dropped: the same units whatever the
/// source's length.
template <class S>
void Decoder<S>::drop(Trace<S>& trace, std::size_t layer, Index t, const DropoutKey& random) const {
  PairTape<S>& pair = trace.pair;
  const Index B = trace.batch;
  auto entering = pair.between[layer].middleCols(t * B, B);
  entering = MatrixView<S>(tape(trace, layer - 1).value(cell_.output, t), hidden_, B);
  auto mask = pair.masks[layer].middleCols(t * B, B);
  for (Index b = 0; b < B; ++b)
    draw_mask<S>(random, dropout_, static_cast<int>(layers_.size() + layer), t - pair.start, b, mask.col(b));
  entering.array() *= mask.array();
}

/// What the query finds: step t's weights and their sum of annotations.
template <class S>
void Decoder<S>::attend(PairTape<S>& pair, Index t, Index batch, const S* query) const {
  const Index step = t - pair.start;
  if (is_additive()) query_.multiply({}, query, hidden_, pair.queries.col(t * batch).data(), hidden_, batch);
  const Matrix<S>& keys = places_.key >= 0 ? pair.keys : pair.annotations;
  const bool forced = alpha_.act_at(step), forced_energy = energy_.act_at(step),
             forced_context = context_.act_at(step);
  for (Index b = 0; b < batch; ++b) {
    const Index column = t * batch + b, begin = pair.begins[static_cast<std::size_t>(b)],
                count = pair.start - begin;
    auto alpha = pair.alpha.col(column), raw = pair.raw_alpha.col(column);
    raw.setZero();
    if (count > 0) {
      using Strided = Eigen::Map<const Matrix<S>, 0, Eigen::OuterStride<>>;
      const Strided of(keys.col(begin * batch + b).data(), keys.rows(), count,
                       Eigen::OuterStride<>(keys.rows() * batch));
      auto energies = raw.tail(count);
      if (is_additive()) {
        pair.compared = (of.colwise() + pair.queries.col(column)).array().tanh();
        energies.noalias() = pair.compared.transpose() * energy_weights_;
      } else {
        energies.noalias() = of.transpose() * Eigen::Map<const Vector<S>>(query + b * hidden_, hidden_);
      }
      if (forced_energy)
        for (Index j = 0; j < count; ++j) {
          const auto rule = energy_.at(step, j);
          energies[j] = rule.scale * energies[j] + rule.shift;
        }
      energies = (energies.array() - energies.maxCoeff()).exp();
      energies /= energies.sum();
    }
    alpha = raw;
    if (forced)
      for (Index j = 0; j < count; ++j) {
        const auto rule = alpha_.at(step, j);
        alpha[begin + j] = rule.scale * alpha[begin + j] + rule.shift;
      }
    auto context = pair.contexts.col(column);
    context.setZero();
    for (Index j = begin; j < pair.start; ++j) context += alpha[j] * pair.annotations.col(j * batch + b);
    if (!forced_context) continue;
    for (Index n = 0; n < annotation_; ++n) {
      const auto rule = context_.at(step, n);
      context[n] = rule.scale * context[n] + rule.shift;
    }
  }
}

/// From the gradient of what was found to those of the annotations and keys, and of the query, which is
/// added.
template <class S>
void Decoder<S>::attend_back(PairTape<S>& pair, Index t, Index batch, const S* query, S* query_gradient,
                             S* gradients) const {
  const Index step = t - pair.start;
  const bool has_keys = places_.key >= 0;
  const Matrix<S>& keys = has_keys ? pair.keys : pair.annotations;
  Matrix<S>& key_gradients = has_keys ? pair.key_gradients : pair.annotation_gradients;
  const bool forced = alpha_.act_at(step), forced_energy = energy_.act_at(step),
             forced_context = context_.act_at(step);
  for (Index b = 0; b < batch; ++b) {
    const Index column = t * batch + b, begin = pair.begins[static_cast<std::size_t>(b)],
                count = pair.start - begin;
    auto d = pair.context_gradients.col(column);
    if (forced_context)
      for (Index n = 0; n < annotation_; ++n) d[n] *= context_.at(step, n).scale;
    auto dalpha = pair.alpha_gradients.col(column);
    dalpha.setZero();
    if (is_additive()) pair.query_gradients.col(column).setZero();
    if (count == 0) continue;
    const auto alpha = pair.alpha.col(column), raw = pair.raw_alpha.col(column);
    for (Index j = begin; j < pair.start; ++j) {
      dalpha[j] = d.dot(pair.annotations.col(j * batch + b));
      pair.annotation_gradients.col(j * batch + b) += alpha[j] * d;
    }
    Vector<S>& energies = pair.energy_gradients;
    energies = dalpha.tail(count);
    if (forced)
      for (Index j = 0; j < count; ++j) energies[j] *= alpha_.at(step, j).scale;
    energies = raw.tail(count).array() * (energies.array() - raw.tail(count).dot(energies));
    if (forced_energy)
      for (Index j = 0; j < count; ++j) energies[j] *= energy_.at(step, j).scale;
    using Strided = Eigen::Map<const Matrix<S>, 0, Eigen::OuterStride<>>;
    const Eigen::OuterStride<> stride(keys.rows() * batch);
    const Strided of(keys.col(begin * batch + b).data(), keys.rows(), count, stride);
    Eigen::Map<Matrix<S>, 0, Eigen::OuterStride<>> dkeys(key_gradients.col(begin * batch + b).data(),
                                                         keys.rows(), count, stride);
    if (is_additive()) {
      Matrix<S>& compared = pair.compared;
      compared = (of.colwise() + pair.queries.col(column)).array().tanh();
      Eigen::Map<Vector<S>>(gradients + places_.energy, hidden_).noalias() += compared * energies;
      compared = (1 - compared.array().square()).matrix();
      for (Index j = 0; j < count; ++j) compared.col(j).array() *= energies[j] * energy_weights_.array();
      dkeys += compared;
      pair.query_gradients.col(column) = compared.rowwise().sum();
    } else {
      const Eigen::Map<const Vector<S>> q(query + b * hidden_, hidden_);
      dkeys.noalias() += q * energies.transpose();
      Eigen::Map<Vector<S>>(query_gradient + b * hidden_, hidden_).noalias() += of * energies;
    }
  }
  if (is_additive())
    query_transposed_.multiply_add(pair.query_gradients.col(t * batch).data(), hidden_, query_gradient,
                                   hidden_, batch);
}

/// What step t tells, from its features.
template <class S>
void Decoder<S>::tell(Trace<S>& trace, Index t, const S* parameters) const {
  PairTape<S>& pair = trace.pair;
  const Index B = trace.batch, column = t * B;
  LayerTape<S>& top = trace.tapes.back();
  const MatrixView<S> s(top.value(cell_.output, t), hidden_, B);
  auto features = pair.features.middleCols(column, B);
  if (places_.combine >= 0) {
    Matrix<S>& both = pair.scratch;
    both.resize(annotation_ + hidden_, B);
    both << pair.contexts.middleCols(column, B), s;
    S* const attended = pair.attended.col(column).data();
    combine_.multiply({}, both.data(), both.rows(), attended, hidden_, B);
    features = pair.attended.middleCols(column, B) = MatrixView<S>(attended, hidden_, B).array().tanh();
  } else if (looks_first()) {
    features << s, pair.contexts.middleCols(column, B), pair.inputs.middleCols(column, B).topRows(embedding_);
  } else {
    features = s;
  }
  head_.multiply({parameters + places_.head_bias}, pair.features.col(column).data(), features_,
                 trace.outputs.data() + column * outputs_, outputs_, B);
}

template <class S>
void Decoder<S>::forward(Trace<S>& trace, const int* given, const S* parameters,
                         std::span<const Plan<S>> plans, const std::optional<DropoutKey>& random) const {
  PairTape<S>& pair = trace.pair;
  const Index T = trace.steps, B = trace.batch, start = pair.start;
  std::copy_n(given, T * B, pair.read.begin());
  std::fill_n(trace.outputs.data(), start * B * outputs_, S(0));
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    clear_values(tape(trace, layer), 0, start);
    tape(trace, layer).first_step = -start;  // rules count from the target's first step
  }
  for (Matrix<S>* of : {&pair.alpha, &pair.raw_alpha, &pair.contexts, &pair.inputs, &pair.features,
                        &pair.attended, &pair.queries})
    if (of->size() > 0) of->leftCols(start * B).setZero();
  if (start == T) return;
  annotate(trace);
  cross_bridge(trace);
  const bool drops = random && dropout_ > 0;
  for (std::size_t layer = 1; layer < layers_.size(); ++layer)
    for (Matrix<S>* of : {&pair.between[layer], &pair.masks[layer]}) {
      of->resize(drops ? hidden_ : 0, T * B);
      of->leftCols(start * B).setZero();
    }
  const ConstMatrixView<S> embedding(parameters + places_.embedding, outputs_, embedding_);
  LayerTape<S>& top = trace.tapes.back();
  for (Index t = start; t < T; ++t) {
    read(trace, t, given, random);
    auto x = pair.inputs.middleCols(t * B, B);
    for (Index b = 0; b < B; ++b)
      x.col(b).head(embedding_) = embedding.row(pair.read[static_cast<std::size_t>(t * B + b)]).transpose();
    if (looks_first()) {
      attend(pair, t, B, top.previous_value(cell_.output, t));
      x.bottomRows(annotation_) = pair.contexts.middleCols(t * B, B);
    } else if (feeds_) {
      if (t == start)
        x.bottomRows(hidden_).setZero();
      else
        x.bottomRows(hidden_) = pair.attended.middleCols((t - 1) * B, B);
    }
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      if (layer > 0 && drops) drop(trace, layer, t, *random);
      layers_[layer]->forward_steps(tape(trace, layer), input_of(trace, layer), &plans[layer], {t, 1});
    }
    if (attends() && !looks_first()) attend(pair, t, B, top.value(cell_.output, t));
    tell(trace, t, parameters);
  }
}

/// to (rows, columns) += Σ d of^T over so many columns of both.
template <class S>
void Decoder<S>::outer_product(const S* d, Index rows, const S* of, Index columns, Index count, S* to,
                               LayerTape<S>& with) const {
  add_outer_products(&d, &to, 1, rows, of, columns, count, rows, with.scratch);
}

template <class S>
void Decoder<S>::backward(Trace<S>& trace, std::span<const Plan<S>> plans, S* gradients) const {
  PairTape<S>& pair = trace.pair;
  const Index T = trace.steps, B = trace.batch, start = pair.start, columns = (T - start) * B;
  pair.annotation_gradients.setZero();
  pair.key_gradients.setZero();
  // The gradients of states add up: those that no later step sets begin at zero.
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    LayerTape<S>& of = tape(trace, layer);
    of.ends_given = true;
    if (start == T) {
      clear_gradients(of, 0, T);
      for (const State& state : cell_.states)
        std::fill_n(of.previous_gradient(state.channel, 0), of.width(state.channel) * B, S(0));
      continue;
    }
    for (const State& state : cell_.states)
      std::fill_n(of.gradient(state.channel, T - 1), of.width(state.channel) * B, S(0));
    std::fill_n(of.gradient(cell_.output, T - 1), hidden_ * B, S(0));
  }
  if (start == T) {
    for (auto& of : pair.ended_gradients) of.clear();
  } else {
    const S* const told = trace.output_gradients.data() + start * B * outputs_;
    head_transposed_.multiply({}, told, outputs_, pair.feature_gradients.col(start * B).data(), features_,
                              columns);
    kernels<S>().add_columns(gradients + places_.head_bias, told, outputs_, columns);
    LayerTape<S>& top = trace.tapes.back();
    outer_product(told, outputs_, pair.features.col(start * B).data(), features_, columns,
                  gradients + places_.head_weight, top);
    MatrixView<S> embedding(gradients + places_.embedding, outputs_, embedding_);
    for (Index t = T - 1; t >= start; --t) {
      const Index column = t * B;
      MatrixView<S> ds(top.gradient(cell_.output, t), hidden_, B);
      const auto features = pair.feature_gradients.middleCols(column, B);
      auto found = pair.context_gradients.middleCols(column, B);
      if (places_.combine >= 0) {
        auto d = pair.attended_gradients.middleCols(column, B);
        d = features;
        if (feeds_ && t + 1 < T) d += pair.input_gradients.middleCols(column + B, B).bottomRows(hidden_);
        d.array() *= 1 - pair.attended.middleCols(column, B).array().square();
        Matrix<S>& both = pair.scratch;
        both.resize(annotation_ + hidden_, B);
        combine_transposed_.multiply({}, pair.attended_gradients.col(column).data(), hidden_, both.data(),
                                     both.rows(), B);
        found = both.topRows(annotation_);
        ds += both.bottomRows(hidden_);
        attend_back(pair, t, B, top.value(cell_.output, t), top.gradient(cell_.output, t), gradients);
      } else {
        ds += features.topRows(hidden_);
        if (looks_first()) found = features.middleRows(hidden_, annotation_);
      }
      for (std::size_t layer = layers_.size(); layer-- > 0;) {
        S* const dx = layer == 0 ? pair.input_gradients.col(column).data() : below(pair, B);
        layers_[layer]->step_back(tape(trace, layer), &plans[layer], t, gradients, dx);
        if (layer == 0) continue;
        if (const Matrix<S>& mask = pair.masks[layer]; mask.size() > 0)
          MatrixView<S>(dx, hidden_, B).array() *= mask.middleCols(column, B).array();
        MatrixView<S>(tape(trace, layer - 1).gradient(cell_.output, t), hidden_, B) +=
            MatrixView<S>(dx, hidden_, B);
      }
      if (!cell_.is_state(cell_.output))
        for (std::size_t layer = 0; layer < layers_.size(); ++layer)
          std::fill_n(tape(trace, layer).previous_gradient(cell_.output, t), hidden_ * B, S(0));
      auto dx = pair.input_gradients.middleCols(column, B);
      if (looks_first()) {
        found += dx.bottomRows(annotation_);
        attend_back(pair, t, B, top.previous_value(cell_.output, t), top.previous_gradient(cell_.output, t),
                    gradients);
      }
      for (Index b = 0; b < B; ++b) {
        auto row = embedding.row(pair.read[static_cast<std::size_t>(column + b)]);
        row += dx.col(b).head(embedding_).transpose();
        if (looks_first()) row += features.col(b).tail(embedding_).transpose();
      }
    }
    return_over_bridge(trace, gradients);
    for (std::size_t layer = 0; layer < layers_.size(); ++layer)
      clear_gradients(tape(trace, layer), 0, start);
    for (std::size_t layer = 0; layer < layers_.size(); ++layer)
      layers_[layer]->add_product_gradients(tape(trace, layer), input_of(trace, layer), gradients);
    if (is_additive()) query_weight_gradients(trace, gradients);
    if (places_.combine >= 0) combine_weight_gradients(trace, gradients);
  }
  const Index sources = start * B;
  if (places_.key >= 0 && sources > 0) {
    key_transposed_.multiply_add(pair.key_gradients.data(), hidden_, pair.annotation_gradients.data(),
                                 annotation_, sources);
    outer_product(pair.key_gradients.data(), hidden_, pair.annotations.data(), annotation_, sources,
                  gradients + places_.key, trace.tapes.back());
  }
  if (pair.ways == Ways::attention)
    for (auto& of : pair.ended_gradients)
      for (Matrix<S>& d : of) d.setZero();
  if (pair.ways == Ways::state) pair.annotation_gradients.setZero();
  for (int direction = 0; direction < directions_; ++direction) {
    auto& of = trace.tapes[first_tape_ - static_cast<std::size_t>(directions_ - direction)];
    auto d = of.gradients(of.info().output);
    d.setZero();
    if (attends() && sources > 0)
      d.leftCols(sources) = pair.annotation_gradients.middleRows(direction * hidden_, hidden_);
  }
}

/// Σ dq s^T over all steps, s of the step before where attention looks first.
template <class S>
void Decoder<S>::query_weight_gradients(Trace<S>& trace, S* gradients) const {
  PairTape<S>& pair = trace.pair;
  const Index B = trace.batch, start = pair.start;
  LayerTape<S>& top = trace.tapes.back();
  const S* const s = looks_first() ? top.previous_value(cell_.output, start) : top.value(cell_.output, start);
  outer_product(pair.query_gradients.col(start * B).data(), hidden_, s, hidden_, (trace.steps - start) * B,
                gradients + places_.query, top);
}

/// Σ dz [context; s]^T over all steps.
template <class S>
void Decoder<S>::combine_weight_gradients(Trace<S>& trace, S* gradients) const {
  PairTape<S>& pair = trace.pair;
  const Index from = pair.start * trace.batch, count = (trace.steps - pair.start) * trace.batch;
  LayerTape<S>& top = trace.tapes.back();
  const S* const d = pair.attended_gradients.col(from).data();
  outer_product(d, hidden_, pair.contexts.col(from).data(), annotation_, count, gradients + places_.combine,
                top);
  outer_product(d, hidden_, top.value(cell_.output, pair.start), hidden_, count,
                gradients + places_.combine + annotation_ * hidden_, top);
}

template class Decoder<float>;
template class Decoder<double>;

}  // namespace gatescope::nn
