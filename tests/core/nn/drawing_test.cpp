#include "core/nn/drawing.h"

#include <gtest/gtest.h>

#include <set>

#include "core/nn/layer.h"

namespace gatescope::nn {
namespace {

TEST(Drawing, StandsBesideItsCellAlsoBehindAFilter) {
  std::set<std::string_view> without;
  for (const CellInfo* cell : all_cells()) {
    ModelSpec spec;
    spec.cell = cell->key;
    spec.conv = 3;
    EXPECT_EQ(drawing_of(cell_of(spec)), drawing_of(*cell));
    if (!drawing_of(*cell)) without.insert(cell->key);
  }
  EXPECT_EQ(without, (std::set<std::string_view>{"slstm",
                                                 "rwkv4",
                                                 "rwkv4_block",
                                                 "rwkv4_prenorm",
                                                 "s6",
                                                 "mamba",
                                                 "mlstm",
                                                 "mamba2",
                                                 "gla",
                                                 "rwkv6",
                                                 "gated_deltanet",
                                                 "retnet",
                                                 "matrix_none_add",
                                                 "matrix_none_add_mlstm",
                                                 "matrix_none_delta",
                                                 "matrix_none_delta_mlstm",
                                                 "matrix_head_delta_mlstm",
                                                 "matrix_key_add_mlstm",
                                                 "matrix_key_delta",
                                                 "matrix_key_delta_mlstm"}))
      << "drawn from their formulas";
}

TEST(Drawing, ShowsEveryGateOnceAsAValveAndEveryStateWithTheNumberItHad) {
  for (const CellInfo* cell : all_cells()) {
    const Drawing* drawing = drawing_of(*cell);
    if (!drawing) continue;
    std::set<int> valves, labels, previous;
    int read_outs = 0, inputs = 0;
    for (int k = 0; k < drawing->count; ++k) {
      const Part& part = drawing->parts[k];
      for (int spot = 0; spot < part.path.count; ++spot) {
        const Spot& at = part.path.spots[spot];
        EXPECT_TRUE(at.x >= 0 && at.x <= drawing->width && at.y >= 0 && at.y <= drawing->height) << cell->key;
      }
      for (const int channel :
           {part.channel, part.amount.channel, part.amount.gate, part.amount.full, part.forced})
        EXPECT_LT(channel, static_cast<int>(cell->channels.size())) << cell->key;
      if (part.kind == Part::Kind::valve) valves.insert(part.channel);
      if (part.kind == Part::Kind::label) labels.insert(part.channel);
      if (part.kind == Part::Kind::previous) previous.insert(part.channel);
      read_outs += part.kind == Part::Kind::read_out;
      inputs += part.kind == Part::Kind::input;
    }
    EXPECT_EQ(read_outs, 1) << cell->key;
    EXPECT_EQ(inputs, 1) << cell->key;
    for (int k = 0; k < static_cast<int>(cell->channels.size()); ++k) {
      const bool gate = cell->channels[k].role == Role::gate;
      EXPECT_EQ(valves.contains(k), gate) << cell->key << " " << k;
      EXPECT_TRUE(!gate || labels.contains(k)) << cell->key << " " << k;
      EXPECT_EQ(previous.contains(k), cell->is_state(k)) << cell->key << " " << k;
    }
  }
}

}  // namespace
}  // namespace gatescope::nn
