#pragma once

#include <concepts>
#include <span>
#include <string_view>

namespace gatescope::nn {

/// What a channel is to the cell. Colours, ranges and default views follow from it.
enum class Role { gate, candidate, cell_state, hidden_state, internal };

std::string_view to_string(Role role);

/// One named quantity of a cell: (H, T*B) values over a sequence.
struct Channel {
  std::string_view symbol;  // the paper's letter: what rules, files and equations call it
  std::string_view name;    // the field's term
  Role role;
  double low, high;  // the range of its values, infinite where there is none
};

/// One block of H rows in weight_ih, weight_hh and their biases, in the order PyTorch keeps them.
struct WeightRows {
  int input;      // the channel that receives W x + b_ih
  int recurrent;  // the channel that receives U s + b_hh, or kNone
  int source;     // the channel s: a state is taken from step t-1, any other channel from step t
};

inline constexpr int kNone = -1;

/// One line of a cell's equations as a person reads it; analysis/equations.h fills in its numbers and a test
/// holds it against what forward() computes. Channels are written by their symbols with the step, fₜ or cₜ₋₁,
/// and the layer's parameters by their letters:
///   W x, U s   the channel's row of W times the input, of U times its source s (WeightRows)
///   b, p       the channel's bias, both of PyTorch's together, and its peephole
///   + − ⊙ ( ) σ() tanh() ReLU() and whole numbers
struct Formula {
  int channel;
  std::string_view text;  // "σ(W x + U h + b)"
  int rows = kNone;       // whose W, U and b stand in it, where that is not the channel itself
  int peephole = kNone;   // which peephole vector p is
  bool inlined = false;   // stands inside other equations rather than in a line of its own
};

/// A cell as data: what everything outside the time loop needs to know of it.
struct CellInfo {
  std::string_view key;    // in experiments and on the command line
  std::string_view title;  // in legends
  std::span<const Channel> channels;
  std::span<const WeightRows> rows;
  int hidden;      // the channel that is the output
  int cell_state;  // the channel of the cell state, or kNone
  int keep_rows;   // the rows whose bias, if high, keeps the old state (forget or update gate), or kNone
  int write_rows;  // the rows whose bias, if high, lets new content in, or kNone
  int peephole_vectors;  // diagonal weights of shape (H)
  bool identity_start;   // recurrent weights begin as the identity unless the experiment says otherwise
  std::span<const Formula> formulas;  // every channel's, in the order of computation

  /// The channel of that symbol, or kNone.
  int find(std::string_view symbol) const;
  /// Whether the channel keeps its value from one step to the next.
  bool is_state(int channel) const;
  /// Whether there are recurrent weights at all.
  bool recurrent() const;
};

/// A cell is a stateless struct: its equations, its tables, and one step forward directly above one step
/// backward. `Step` (level/step.h) gives it the channels of step t, a register at a time.
template <class C>
concept Cell = requires {
  { C::info } -> std::convertible_to<const CellInfo&>;
};

}  // namespace gatescope::nn
