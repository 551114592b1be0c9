#pragma once

// The textbook drawings, each beside its cell. A cell without one here is drawn from its formulas.

#include "core/nn/cells/elman_drawing.h"
#include "core/nn/cells/gru_drawing.h"
#include "core/nn/cells/janet_drawing.h"
#include "core/nn/cells/lstm_drawing.h"
#include "core/nn/cells/min_gru_drawing.h"
#include "core/nn/cells/min_lstm_drawing.h"
#include "core/nn/cells/rg_lru_drawing.h"
