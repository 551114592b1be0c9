#pragma once

#include "core/math/kernels.h"

// The tables of every level, by name: kernels_float_x86_64_v3. The sources of a level are compiled with its
// name in GATESCOPE_LEVEL.

#define GATESCOPE_JOIN_NAMES(name, level) name##_##level
#define GATESCOPE_NAME_OF(name, level) GATESCOPE_JOIN_NAMES(name, level)
#define GATESCOPE_OF_LEVEL(name) GATESCOPE_NAME_OF(name, GATESCOPE_LEVEL)

#define GATESCOPE_DECLARE_LEVEL(level)                        \
  namespace gatescope {                                       \
  extern const Kernels<float> kernels_float_##level;          \
  extern const Kernels<double> kernels_double_##level;        \
  namespace nn {                                              \
  extern const CellSteps<float>* const steps_float_##level;   \
  extern const CellSteps<double>* const steps_double_##level; \
  }                                                           \
  }

#if defined(__x86_64__)
GATESCOPE_DECLARE_LEVEL(x86_64_v2)
GATESCOPE_DECLARE_LEVEL(x86_64_v3)
GATESCOPE_DECLARE_LEVEL(x86_64_v4)
#elif defined(__aarch64__)
GATESCOPE_DECLARE_LEVEL(neon)
#else
GATESCOPE_DECLARE_LEVEL(plain)
#endif
