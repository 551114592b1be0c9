#include "core/analysis/conventions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/error.h"
#include "core/nn/layer.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::analysis {
namespace {

template <class S>
struct Of {
  const observe::Observation<S>& observation;
  const nn::LayerTape<S>& tape;
  std::string name;  // of the tape
  int unit;

  Index steps() const { return tape.steps(); }
  Index hidden() const { return tape.hidden(); }
  /// Step n of the layer's own direction, as the text counts it.
  Index step(Index n) const { return tape.reverse() ? steps() - 1 - n : n; }
  int channel(std::string_view symbol) const { return tape.info().find(symbol); }
  double value(std::string_view symbol, Index row, Index t) const {
    return static_cast<double>(tape.values(channel(symbol))(row, t));
  }
};

/// A quantity of all units, (T) each, both ways.
struct BothWays {
  std::vector<std::vector<double>> is, would_be;
};

template <class S>
BothWays nothing_yet(const Of<S>& of) {
  const std::vector<std::vector<double>> all(static_cast<std::size_t>(of.hidden()),
                                             std::vector<double>(static_cast<std::size_t>(of.steps())));
  return {all, all};
}

/// max |a - b|; not finite where one of them is not.
double farthest(const BothWays& both) {
  double most = 0;
  for (std::size_t j = 0; j < both.is.size(); ++j) {
    for (std::size_t t = 0; t < both.is[j].size(); ++t) {
      const double apart = std::abs(both.is[j][t] - both.would_be[j][t]);
      if (!std::isfinite(apart)) return std::numeric_limits<double>::infinity();
      most = std::max(most, apart);
    }
  }
  return most;
}

Convention take(Convention what, BothWays both, int unit) {
  what.apart = farthest(both);
  what.is = std::move(both.is[static_cast<std::size_t>(unit)]);
  what.would_be = std::move(both.would_be[static_cast<std::size_t>(unit)]);
  return what;
}

// --- GRU
// ----------------------------------------------------------------------------------------------------

/// The hidden state of the other GRU with the same weights.
template <class S>
Convention of_reset(const Of<S>& of) {
  const nn::Network<S>& network = *of.observation.network;
  const bool before = of.tape.info().find("p") != nn::kNone;
  nn::ModelSpec spec = network.spec();
  spec.cell = before ? "gru" : "gru_before";
  const auto other = std::make_shared<nn::Network<S>>(spec, network.interface());
  other->parameters() = network.parameters();
  other->prepare_all();
  const task::Sequence<S>& sequence = *of.observation.sequence;
  observe::Observation<S> read;
  read.network = other;
  read.sequence = std::make_shared<const trace::SequenceTrace<S>>(trace::trace_sequence<S>(
      *other, sequence, {}, trace::Keep::in_memory, nullptr, trace::Gradients::left_out));
  const nn::LayerTape<S>& tape = *read.tape(*read.sequence, of.name);
  BothWays both = nothing_yet(of);
  for (Index t = 0; t < of.steps(); ++t) {
    for (Index j = 0; j < of.hidden(); ++j) {
      both.is[j][t] = of.value("h", j, t);
      both.would_be[j][t] = static_cast<double>(tape.values(tape.info().find("h"))(j, t));
    }
  }
  return take({.title = "The reset gate before or after the product",
               .quantity = "h",
               .here = before ? "before (Cho and others 2014)" : "after (cuDNN, PyTorch)",
               .elsewhere = before ? "after (cuDNN, PyTorch)" : "before (Cho and others 2014)",
               .sentence = "Two networks: weights of one are wrong in the other."},
              std::move(both), of.unit);
}

template <class S>
Convention of_update(const Of<S>& of) {
  BothWays both = nothing_yet(of);
  for (Index t = 0; t < of.steps(); ++t) {
    for (Index j = 0; j < of.hidden(); ++j) {
      both.is[j][t] = of.value("z", j, t);
      both.would_be[j][t] = 1 - both.is[j][t];
    }
  }
  return take({.title = "What an update gate of 1 does",
               .quantity = "z",
               .here = "z keeps (Cho and others 2014, PyTorch)",
               .elsewhere = "z takes the new (Chung and others 2014)",
               .sentence = "One network: what one paper calls z, the other calls 1 − z."},
              std::move(both), of.unit);
}

// --- S6
// -----------------------------------------------------------------------------------------------------

/// (1 - K) / -ln K: what the exact write is of Euler's.
double of_euler(double keep) {
  const double rate = -std::log(keep);  // Δ a
  return rate < 1e-8 ? 1 - rate / 2 : -std::expm1(-rate) / rate;
}

template <class S>
Convention of_write(const Of<S>& of) {
  const Index H = of.hidden(), N = of.tape.width(of.channel("K")) / H;
  BothWays both = nothing_yet(of);
  std::vector<double> memory(static_cast<std::size_t>(H * N));
  for (Index n = 0; n < of.steps(); ++n) {
    const Index t = of.step(n);
    for (Index j = 0; j < H; ++j) {
      const double u = of.value("u", j, t);
      double read = of.value("y", j, t);
      for (Index k = 0; k < N; ++k) {
        const Index row = k * H + j;
        const double keep = of.value("K", row, t);
        double& m = memory[static_cast<std::size_t>(row)];
        m = keep * m + of_euler(keep) * of.value("w", row, t) * u;
        // What the read-out has beside the memories stays.
        read += of.value("C", k, t) * (m - of.value("m", row, t));
      }
      const double z = of.value("z", j, t);
      both.is[j][t] = of.value("h", j, t);
      both.would_be[j][t] = read * z / (1 + std::exp(-z));
    }
  }
  return take(
      {.title = "The write of a long step",
       .quantity = "h",
       .here = "Euler’s rule, Δ B (the authors’ program)",
       .elsewhere = "zero-order hold, (1 − K) B / a (their paper)",
       .sentence = "Two networks that agree where steps are short. With one memory and B = 1 the exact "
                   "write is 1 − K: an ordinary gate."},
      std::move(both), of.unit);
}

// --- sLSTM and mLSTM
// ----------------------------------------------------------------------------------------

/// log(e^a + e^b).
double log_sum(double a, double b) {
  const double most = std::max(a, b);
  return std::isinf(most) ? most : most + std::log1p(std::exp(-std::abs(a - b)));
}

/// The share of the present and the normaliser's logarithm after a step whose gates' exponents these are.
struct Normalised {
  double log_normaliser = -std::numeric_limits<double>::infinity(), share = 1;

  void advance(double write, double keep) {
    const double kept = keep + log_normaliser;
    log_normaliser = log_sum(kept, write);
    share = std::exp(write - log_normaliser);
  }
};

constexpr const char* kTwoForgetGates =
    "Two networks, both in the paper: by exp a memory can grow, by σ it can only fade.";

template <class S>
Convention of_slstm_forget(const Of<S>& of) {
  BothWays both = nothing_yet(of);
  for (Index j = 0; j < of.hidden(); ++j) {
    Normalised by_exp;
    double c = 0;
    for (Index n = 0; n < of.steps(); ++n) {
      const Index t = of.step(n);
      const double f = of.value("f", j, t);
      by_exp.advance(of.value("i", j, t), std::log(f) - std::log1p(-f));  // what σ gets
      c = (1 - by_exp.share) * c + by_exp.share * of.value("z", j, t);
      both.is[j][t] = of.value("c", j, t);
      both.would_be[j][t] = c;
    }
  }
  return take({.title = "The forget gate by σ or by exp",
               .quantity = "c",
               .here = "σ (the authors’ program)",
               .elsewhere = "exp",
               .sentence = kTwoForgetGates},
              std::move(both), of.unit);
}

/// mLSTM from its keys, queries, values and gates of a head, by any forget gate.
template <class S>
class Mlstm {
 public:
  explicit Mlstm(const Of<S>& of)
      : of_(of), heads_(of.tape.width(of.channel("I"))), keys_(of.tape.width(of.channel("k")) / heads_) {}

  /// Over the normaliser, with e^F in place of σ(F).
  BothWays by_exp() const {
    BothWays both = nothing_yet(of_);
    for (Index j = 0; j < of_.hidden(); ++j) {
      Normalised gates;
      std::vector<double> m(static_cast<std::size_t>(keys_)), mean(m);
      for (Index n = 0; n < of_.steps(); ++n) {
        const Index t = of_.step(n);
        gates.advance(head("I", j, t), head("F", j, t));
        double y = 0, s = 0;
        for (Index k = 0; k < keys_; ++k) {
          const double key = number("k", j, k, t), query = number("q", j, k, t);
          m[k] = (1 - gates.share) * m[k] + gates.share * key * of_.value("v", j, t);
          mean[k] = (1 - gates.share) * mean[k] + gates.share * key;
          y += query * m[k];
          s += query * mean[k];
        }
        both.is[j][t] = of_.value("h", j, t);
        both.would_be[j][t] =
            of_.value("o", j, t) * y / std::max(std::abs(s), std::exp(-gates.log_normaliser));
      }
    }
    return both;
  }

  /// C and n as they stand in the paper, in numbers S.
  BothWays without_stabiliser() const {
    BothWays both = nothing_yet(of_);
    for (Index j = 0; j < of_.hidden(); ++j) {
      std::vector<S> memory(static_cast<std::size_t>(keys_)), sum(memory);
      for (Index n = 0; n < of_.steps(); ++n) {
        const Index t = of_.step(n);
        const S write = std::exp(static_cast<S>(head("I", j, t))),
                keep = static_cast<S>(of_.value("f", j, t)), value = static_cast<S>(of_.value("v", j, t));
        S y = 0, s = 0;
        for (Index k = 0; k < keys_; ++k) {
          const S key = static_cast<S>(number("k", j, k, t)), query = static_cast<S>(number("q", j, k, t));
          memory[k] = keep * memory[k] + write * key * value;
          sum[k] = keep * sum[k] + write * key;
          y += query * memory[k];
          s += query * sum[k];
        }
        both.is[j][t] = of_.value("h", j, t);
        both.would_be[j][t] = of_.value("o", j, t) * static_cast<double>(y / std::max(std::abs(s), S(1)));
      }
    }
    return both;
  }

 private:
  Index head_of(Index unit) const { return unit / (of_.hidden() / heads_); }
  double head(std::string_view symbol, Index unit, Index t) const {
    return of_.value(symbol, head_of(unit), t);
  }
  double number(std::string_view symbol, Index unit, Index key, Index t) const {
    return of_.value(symbol, head_of(unit) * keys_ + key, t);
  }

  const Of<S>& of_;
  Index heads_, keys_;
};

enum class Kind { none, gru, s6, slstm, mlstm };

Kind kind_of_cell(const nn::CellInfo& cell) {
  const std::string_view key = cell.plain ? cell.plain->key : cell.key;
  if (key == "gru" || key == "gru_before") return Kind::gru;
  if (key == "s6") return Kind::s6;
  if (key == "slstm") return Kind::slstm;
  if (key == "mlstm") return Kind::mlstm;
  return Kind::none;
}

}  // namespace

std::string why_no_convention(const nn::CellInfo& cell) {
  if (kind_of_cell(cell) != Kind::none) return {};
  return fmt::format("{} is written one way; GRU, S6, sLSTM and mLSTM are written in two", cell.title);
}

template <class S>
std::vector<Convention> conventions(const observe::Observation<S>& observation, int layer, bool backward,
                                    int unit) {
  const trace::SequenceTrace<S>& trace = observation.natural ? *observation.natural : *observation.sequence;
  const std::string name = observe::tape_name(layer, backward, observation.network->spec().bidirectional);
  const nn::LayerTape<S>* tape = observation.tape(trace, name);
  if (!tape) fail("{} has no layer {}", observation.name, layer);
  if (const std::string why = why_no_convention(tape->info()); !why.empty()) fail("{}", why);
  if (unit < 0 || unit >= tape->hidden())
    fail("unit {} does not exist, expected 0 to {}", unit, tape->hidden() - 1);
  const Of<S> of{observation, *tape, name, unit};
  switch (kind_of_cell(tape->info())) {
    case Kind::gru:
      return {of_reset(of), of_update(of)};
    case Kind::s6:
      return {of_write(of)};
    case Kind::slstm:
      return {of_slstm_forget(of)};
    default: {
      const Mlstm<S> mlstm(of);
      return {take({.title = "The forget gate by σ or by exp",
                    .quantity = "h",
                    .here = "σ",
                    .elsewhere = "exp",
                    .sentence = kTwoForgetGates},
                   mlstm.by_exp(), unit),
              take({.title = "With a stabiliser or without",
                    .quantity = "h",
                    .here = "over the normaliser",
                    .elsewhere = "as the paper first writes it",
                    .sentence = "One network until a number overflows, as e to the power of 89 does."},
                   mlstm.without_stabiliser(), unit)};
    }
  }
}

template std::vector<Convention> conventions(const observe::Observation<float>&, int, bool, int);
template std::vector<Convention> conventions(const observe::Observation<double>&, int, bool, int);

}  // namespace gatescope::analysis
