#include "core/analysis/conventions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/observe/read_again.h"

namespace gatescope::analysis {
namespace {

/// One direction of a layer.
template <class S>
struct Of {
  const observe::Observation<S>& observation;
  const nn::LayerTape<S>& tape;
  std::string name;  // of the tape

  Index steps() const { return tape.steps(); }
  Index hidden() const { return tape.hidden(); }
  ConstMatrixView<S> values(std::string_view symbol) const { return values_of(tape, symbol); }

  static ConstMatrixView<S> values_of(const nn::LayerTape<S>& tape, std::string_view symbol) {
    return tape.values(tape.info().find(symbol));
  }
};

template <class S>
gatescope::Matrix<double> in_double(const ConstMatrixView<S>& values) {
  return values.template cast<double>();
}

/// With what the cell here has of the quantity, and how far the two are apart.
template <class S>
Convention beside(const Of<S>& of, gatescope::Matrix<double> would_be, Convention what) {
  what.is = in_double(of.values(what.quantity));
  what.would_be = std::move(would_be);
  const gatescope::Matrix<double> apart = (what.is - what.would_be).cwiseAbs();
  what.apart = apart.allFinite() ? apart.maxCoeff() : std::numeric_limits<double>::infinity();
  return what;
}

// --- GRU ---

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
  observe::Observation<S> read;
  read.network = other;
  read.sequence = observe::values_of<S>(*other, *of.observation.sequence);
  constexpr const char *kBefore = "before (Cho and others 2014)", *kAfter = "after (cuDNN, PyTorch)";
  return beside(of, in_double(Of<S>::values_of(*read.tape(*read.sequence, of.name), "h")),
                {.title = "The reset gate before or after the product",
                 .quantity = "h",
                 .here = before ? kBefore : kAfter,
                 .elsewhere = before ? kAfter : kBefore,
                 .sentence = "Two networks: weights of one are wrong in the other."});
}

template <class S>
Convention of_update(const Of<S>& of) {
  return beside(of, 1 - in_double(of.values("z")).array(),
                {.title = "What an update gate of 1 does",
                 .quantity = "z",
                 .here = "z keeps (Cho and others 2014, PyTorch)",
                 .elsewhere = "z takes the new (Chung and others 2014)",
                 .sentence = "One network: what one paper calls z, the other calls 1 − z."});
}

// --- S6 ---

/// (1 - K) / -ln K: what the exact write is of Euler's.
double of_euler(double keep) {
  const double rate = -std::log(keep);  // Δ a
  return rate < 1e-8 ? 1 - rate / 2 : -std::expm1(-rate) / rate;
}

template <class S>
Convention of_write(const Of<S>& of) {
  const auto K = of.values("K"), w = of.values("w"), u = of.values("u"), m = of.values("m"),
             C = of.values("C"), y = of.values("y"), z = of.values("z");
  gatescope::Matrix<double> h(of.hidden(), of.steps());
  std::vector<double> memory(static_cast<std::size_t>(K.rows()));
  for (Index n = 0; n < of.steps(); ++n) {
    const Index t = of.tape.step(n);
    for (Index j = 0; j < of.hidden(); ++j) {
      double read = static_cast<double>(y(j, t));
      for (Index k = 0; k < C.rows(); ++k) {
        const Index row = k * of.hidden() + j;
        const auto keep = static_cast<double>(K(row, t));
        memory[row] = keep * memory[row] +
                      of_euler(keep) * static_cast<double>(w(row, t)) * static_cast<double>(u(j, t));
        // What the read-out has beside the memories stays.
        read += static_cast<double>(C(k, t)) * (memory[row] - static_cast<double>(m(row, t)));
      }
      const auto weight = static_cast<double>(z(j, t));
      h(j, t) = read * weight / (1 + std::exp(-weight));
    }
  }
  return beside(of, std::move(h),
                {.title = "The write of a long step",
                 .quantity = "h",
                 .here = "Euler’s rule, Δ B (the authors’ program)",
                 .elsewhere = "zero-order hold, (1 − K) B / a (their paper)",
                 .sentence = "Two networks that agree where steps are short. With one memory and B = 1 the "
                             "exact write is 1 − K: an ordinary gate."});
}

// --- sLSTM and mLSTM ---

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

constexpr const char *kForgetTitle = "The forget gate by σ or by exp",
                     *kTwoForgetGates =
                         "Two networks, both in the paper: by exp a memory can grow, by σ it can only fade.";

template <class S>
Convention of_slstm_forget(const Of<S>& of) {
  const auto f = of.values("f"), i = of.values("i"), z = of.values("z");
  gatescope::Matrix<double> all(of.hidden(), of.steps());
  for (Index j = 0; j < of.hidden(); ++j) {
    Normalised by_exp;
    double c = 0;
    for (Index n = 0; n < of.steps(); ++n) {
      const Index t = of.tape.step(n);
      const auto keep = static_cast<double>(f(j, t));
      by_exp.advance(static_cast<double>(i(j, t)), std::log(keep) - std::log1p(-keep));  // what σ gets
      c = (1 - by_exp.share) * c + by_exp.share * static_cast<double>(z(j, t));
      all(j, t) = c;
    }
  }
  return beside(of, std::move(all),
                {.title = kForgetTitle,
                 .quantity = "c",
                 .here = "σ (the authors’ program)",
                 .elsewhere = "exp",
                 .sentence = kTwoForgetGates});
}

/// What an mLSTM's memory keeps and takes at a step, and the least that its read-out is divided by.
template <class Number>
struct MatrixStep {
  Number keep, write, least;
};

/// The hidden states of an mLSTM by other gates, computed in numbers of its own. `gates_of(unit, head)` is
/// called at each unit's beginning, and what it gives once a step t in the layer's own direction.
template <class Number, class S, class GatesOf>
gatescope::Matrix<double> mlstm(const Of<S>& of, GatesOf gates_of) {
  const auto q = of.values("q"), k = of.values("k"), v = of.values("v"), o = of.values("o");
  const Index heads = of.values("I").rows(), keys = k.rows() / heads;
  gatescope::Matrix<double> h(of.hidden(), of.steps());
  for (Index j = 0; j < of.hidden(); ++j) {
    const Index head = j / (of.hidden() / heads);
    auto gates = gates_of(j, head);
    std::vector<Number> memory(static_cast<std::size_t>(keys)), sum(memory);
    for (Index n = 0; n < of.steps(); ++n) {
      const Index t = of.tape.step(n);
      const MatrixStep<Number> at = gates(t);
      const auto value = static_cast<Number>(v(j, t));
      Number y = 0, s = 0;
      for (Index number = 0; number < keys; ++number) {
        const auto key = static_cast<Number>(k(head * keys + number, t)),
                   query = static_cast<Number>(q(head * keys + number, t));
        memory[number] = at.keep * memory[number] + at.write * key * value;
        sum[number] = at.keep * sum[number] + at.write * key;
        y += query * memory[number];
        s += query * sum[number];
      }
      h(j, t) = static_cast<double>(o(j, t)) * static_cast<double>(y / std::max(std::abs(s), at.least));
    }
  }
  return h;
}

/// Over the normaliser, with e^F in place of σ(F).
template <class S>
Convention of_mlstm_forget(const Of<S>& of) {
  const auto I = of.values("I"), F = of.values("F");
  return beside(
      of,
      mlstm<double>(
          of,
          [&](Index, Index head) {
            return [&, head, gates = Normalised()](Index t) mutable {
              gates.advance(static_cast<double>(I(head, t)), static_cast<double>(F(head, t)));
              return MatrixStep<double>{1 - gates.share, gates.share, std::exp(-gates.log_normaliser)};
            };
          }),
      {.title = kForgetTitle, .quantity = "h", .here = "σ", .elsewhere = "exp", .sentence = kTwoForgetGates});
}

/// C and n as they stand in the paper, in numbers S.
template <class S>
Convention of_stabiliser(const Of<S>& of) {
  const auto I = of.values("I"), f = of.values("f");
  return beside(of,
                mlstm<S>(of,
                         [&](Index unit, Index head) {
                           return [&, unit, head](Index t) {
                             return MatrixStep<S>{f(unit, t), std::exp(I(head, t)), S(1)};
                           };
                         }),
                {.title = "With a stabiliser or without",
                 .quantity = "h",
                 .here = "over the normaliser",
                 .elsewhere = "as the paper first writes it",
                 .sentence = "One network until a number overflows, as e to the power of 89 does."});
}

enum class Kind { none, gru, s6, slstm, mlstm };

Kind kind_of_cell(const nn::CellInfo& cell) {
  const std::string_view key = cell.plain ? cell.plain->key : cell.key;
  if (key == "gru" || key == "gru_before") return Kind::gru;
  if (key == "s6" || key == "mamba") return Kind::s6;
  if (key == "slstm") return Kind::slstm;
  if (key == "mlstm") return Kind::mlstm;
  return Kind::none;
}

}  // namespace

std::string why_no_convention(const nn::CellInfo& cell) {
  if (kind_of_cell(cell) != Kind::none) return {};
  return fmt::format("{} is written one way; GRU, S6, Mamba, sLSTM and mLSTM are written in two", cell.title);
}

template <class S>
std::vector<Convention> conventions(const observe::Observation<S>& observation, int layer, bool backward) {
  const trace::SequenceTrace<S>& trace = observation.natural ? *observation.natural : *observation.sequence;
  const std::string name = observe::tape_name(observation.network->spec(), layer, backward);
  const nn::LayerTape<S>* tape = observation.tape(trace, name);
  if (!tape) fail("{} has no layer {}", observation.name, layer);
  const Of<S> of{observation, *tape, name};
  switch (kind_of_cell(tape->info())) {
    case Kind::gru:
      return {of_reset(of), of_update(of)};
    case Kind::s6:
      return {of_write(of)};
    case Kind::slstm:
      return {of_slstm_forget(of)};
    case Kind::mlstm:
      return {of_mlstm_forget(of), of_stabiliser(of)};
    case Kind::none:
      break;
  }
  fail("{}", why_no_convention(tape->info()));
}

template std::vector<Convention> conventions(const observe::Observation<float>&, int, bool);
template std::vector<Convention> conventions(const observe::Observation<double>&, int, bool);

}  // namespace gatescope::analysis
