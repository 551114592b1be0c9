#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/model_file.h"

/// RWKV-4 as its authors' program (BlinkDL/RWKV-LM) keeps it: d numbers a character, I = 0 ... layers-1,
///   emb.weight (V, d), blocks.0.ln0.weight (d), blocks.0.ln0.bias (d)
///   blocks.I.ln1.weight (d), .bias (d), blocks.I.ln2.weight (d), .bias (d)
///   blocks.I.att.time_decay (d), .time_first (d), .time_mix_k (1, 1, d), .time_mix_v, .time_mix_r
///   blocks.I.att.key.weight (d, d), .value.weight, .receptance.weight, .output.weight
///   blocks.I.ffn.time_mix_k (1, 1, d), .time_mix_r
///   blocks.I.ffn.key.weight (4d, d), .receptance.weight (d, d), .value.weight (d, 4d)
///   ln_out.weight (d), ln_out.bias (d), head.weight (V, d)
/// All names may have one prefix.
namespace gatescope::checkpoint {

/// Whether these are the tensors of such a model.
bool is_rwkv4(const std::vector<Tensor>& tensors);

/// Makes of them a model of rwkv4_prenorm: the first norm, of the embedding, goes into the embedding's rows,
/// and what a block reads passes by the identity. What was done so goes into the file's notes. Returns how
/// the file calls each of our names. Throws Error that names the origin, the tensor and what was expected.
std::map<std::string, std::string> adopt_rwkv4(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options);

}  // namespace gatescope::checkpoint
