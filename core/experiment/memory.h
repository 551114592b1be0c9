#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/experiment/experiment.h"

namespace gatescope::experiment {

/// Bytes that a trace of T steps takes: every value and gradient, what is kept beside them because of rules,
/// and the weights; `scalar` is the size of one number.
/// Bytes that the weights of attention take beside that, of so many sequences; 0 without attention.
double memory_of_attention(const nn::ModelSpec& model, Index steps, Index sequences, std::size_t scalar);

double memory_of_trace(const nn::ModelSpec& model, const nn::Interface& interface, Index steps,
                       std::span<const nn::ForceRule> rules, std::size_t scalar);

/// The most that is taken now: kMemoryLimit, or most of what is free.
double memory_limit();

/// Throws Error where so many bytes, which `what` would take, are more than memory_limit(); `instead` says
/// what to choose.
void check_memory(double bytes, std::string_view instead, std::string_view what);

}  // namespace gatescope::experiment
