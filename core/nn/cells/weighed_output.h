#pragma once

namespace gatescope::nn {

/// How a cell with channels y, z and h lets out what it reads of its memories: h_t = y_t ⊙ SiLU(z_t), and the
/// adjoint.
template <class Cell>
struct WeighedOutput {
  template <class Step, class Value>
  static void forward(Step& s, const Value& read) {
    s[Cell::y] = read;
    s.force(Cell::y);
    s[Cell::h] = s[Cell::y] * s[Cell::z].silu();
    s.force(Cell::h);
  }

  template <class Step>
  static void backward(Step& s) {
    const auto of_h = s.unforce(Cell::h, s.d(Cell::h));
    s.d(Cell::z) = s.unforce(Cell::z, of_h * s[Cell::y] * s[Cell::z].slope_of_silu());
    s.d(Cell::y) = s.unforce(Cell::y, of_h * s[Cell::z].silu());
  }
};

}  // namespace gatescope::nn
