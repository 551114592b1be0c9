#pragma once

#include "core/nn/cells/elman.h"
#include "core/nn/cells/gated_deltanet.h"
#include "core/nn/cells/gla.h"
#include "core/nn/cells/gru.h"
#include "core/nn/cells/janet.h"
#include "core/nn/cells/lstm.h"
#include "core/nn/cells/mamba2.h"
#include "core/nn/cells/matrix_mix.h"
#include "core/nn/cells/min_gru.h"
#include "core/nn/cells/min_lstm.h"
#include "core/nn/cells/mlstm.h"
#include "core/nn/cells/retnet.h"
#include "core/nn/cells/rg_lru.h"
#include "core/nn/cells/rwkv4.h"
#include "core/nn/cells/rwkv4_block.h"
#include "core/nn/cells/rwkv6.h"
#include "core/nn/cells/s6.h"
#include "core/nn/cells/slstm.h"

namespace gatescope::nn {

template <class... Cells>
struct CellList {};

/// The one list of cells, in the order of menus: adding a cell is a file beside this one and its name here.
using AllCells =
    CellList<Rnn, RnnRelu, Gru, GruBefore, Lstm, LstmPeephole, LstmCoupled, LstmCoupledPeephole, Janet,
             MinGru, MinLstm, Slstm, RgLru, Rwkv4, Rwkv4Block, Rwkv4Prenorm, S6, Mlstm, Mamba2, Gla, Rwkv6,
             GatedDeltanet, Retnet, MatrixMix<MemoryDecay::none, MemoryRule::add, MemoryNormaliser::none>,
             MatrixMix<MemoryDecay::none, MemoryRule::add, MemoryNormaliser::mlstm>,
             MatrixMix<MemoryDecay::none, MemoryRule::delta, MemoryNormaliser::none>,
             MatrixMix<MemoryDecay::none, MemoryRule::delta, MemoryNormaliser::mlstm>,
             MatrixMix<MemoryDecay::head, MemoryRule::delta, MemoryNormaliser::mlstm>,
             MatrixMix<MemoryDecay::key, MemoryRule::add, MemoryNormaliser::mlstm>,
             MatrixMix<MemoryDecay::key, MemoryRule::delta, MemoryNormaliser::none>,
             MatrixMix<MemoryDecay::key, MemoryRule::delta, MemoryNormaliser::mlstm>>;

}  // namespace gatescope::nn
