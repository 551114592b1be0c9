"""Character models in PyTorch, unrolled so that every gate, state and gradient can be read.

PyTorch's fused modules give neither gates nor dL/dh_t and dL/dc_t. `unrolled_trace` writes the same
equations step by step in torch operations; `difference_from_fused` says how far the two are apart.
Checkpoints are read and written as safetensors with the standard library alone.
"""
from __future__ import annotations

import functools
import json
import math
import pathlib
from dataclasses import dataclass, field
from typing import Iterator, Mapping

import numpy
import torch
from torch import Tensor, nn

State = dict[str, Tensor]

# Blocks of hidden rows in weight_ih and weight_hh, which tells a cell from the shapes alone.
ROW_BLOCKS = {"rnn": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}

DTYPES = {
    "F16": numpy.float16,
    "F32": numpy.float32,
    "F64": numpy.float64,
    "I32": numpy.int32,
    "I64": numpy.int64,
}
DTYPE_NAMES = {numpy.dtype(dtype): name for name, dtype in DTYPES.items()}


# ---- safetensors -----------------------------------------------------------------------------------


def write_safetensors(path: pathlib.Path, state: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Writes `state`, each tensor in its own dtype, little endian and row-major."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    blobs: list[bytes] = []
    offset = 0
    for name, tensor in state.items():
        array = numpy.ascontiguousarray(tensor.detach().numpy())
        blob = array.tobytes()
        header[name] = {
            "dtype": DTYPE_NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def read_safetensors(path: pathlib.Path) -> tuple[State, dict[str, str]]:
    """Returns the tensors and the metadata; raises ValueError where the file breaks the format."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 + length:
        raise ValueError(f"{path}: the header claims {length} bytes, the file has {len(data)}")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise ValueError(f"{path}: metadata {key!r} must be a string, is {type(value).__name__}")
    body = data[8 + length :]
    state: State = {}
    covered = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        dtype = numpy.dtype(DTYPES[entry["dtype"]])
        if begin != covered or end - begin != math.prod(entry["shape"]) * dtype.itemsize or end > len(body):
            raise ValueError(f"{path}: {name} has offsets {begin}..{end}, shape {entry['shape']}, {len(body)} bytes of data")
        covered = end
        state[name] = torch.from_numpy(numpy.frombuffer(body[begin:end], dtype).reshape(entry["shape"]).copy())
    if covered != len(body):
        raise ValueError(f"{path}: {len(body) - covered} bytes after the last tensor")
    return state, metadata


# ---- the model -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What a model is, apart from its weights; `embedding` 0 means one-hot input."""

    cell: str
    hidden: int
    layers: int
    bidirectional: bool
    embedding: int
    vocabulary: int
    heads: int = 1  # of an sLSTM or RG-LRU: the units that U, or the gates' weights, connect; of a matrix memory
    token_shift: bool = False  # what every layer does with its input first
    conv: int = 0
    norm: bool = False
    head_norm: bool = False  # and with what leaves its cell
    output_gate: bool = False
    projection: bool = False
    residual: bool = False
    width: int = 0  # of what leaves a layer, by its projection; 0: hidden
    state_size: int = 16  # numbers a unit, of Mamba
    last_norm: str = "none"  # before the head: rms or layer
    norm_epsilon: float = 1e-6  # of root mean square norms

    @property
    def leaves(self) -> int:
        """How many numbers leave one direction of a layer."""
        return self.width or self.hidden

    @property
    def filtered(self) -> bool:
        """Whether its layers have any option."""
        return bool(self.conv) or self.token_shift or self.norm or self.output != "h"

    @property
    def output(self) -> str:
        """The channel that leaves a layer."""
        if self.residual:
            return "ho"
        return "hp" if self.projection else "hg" if self.output_gate else "hn" if self.head_norm else "h"


class S6Weights(nn.Module):
    """The weights of a stack of S6 layers, by the names of our files; Mamba's in brackets."""

    MEMORIES = 16

    def __init__(self, inputs: int, hidden: int, num_layers: int, bidirectional: bool) -> None:
        super().__init__()
        rank = (hidden + 15) // 16
        for layer in range(num_layers):
            for direction in ("", "_reverse")[: 2 if bidirectional else 1]:
                width = inputs if layer == 0 else hidden * (2 if bidirectional else 1)
                shapes = {
                    "weight_ih": (2 * hidden, width),  # in_proj
                    "bias_ih": (hidden,),  # of its first half, as conv1d's
                    "weight_r": (rank, hidden),  # x_proj's rows of the step,
                    "weight_B": (self.MEMORIES, hidden),  # of B
                    "weight_C": (self.MEMORIES, hidden),  # and of C
                    "weight_dt": (hidden, rank),  # dt_proj
                    "bias_dt": (hidden,),
                    "A_log": (hidden, self.MEMORIES),
                    "D": (hidden,),
                }
                for name, shape in shapes.items():
                    values = torch.randn(shape) / math.sqrt(shape[-1])
                    if name == "A_log":
                        values = torch.log(torch.arange(1.0, self.MEMORIES + 1)).repeat(hidden, 1) + 0.1 * values
                    self.register_parameter(f"{name}_l{layer}{direction}", nn.Parameter(values))


def s6_step(weights: Mapping[str, Tensor], x: Tensor, m: Tensor) -> dict[str, Tensor]:
    """One step of an S6 layer (Gu and Dao 2024, algorithm 2 and the discretisation of their program) on its
    memories (N, H): every channel."""
    v, z = (weights["weight_ih"] @ x).chunk(2)
    v = v + weights["bias_ih"]
    u = nn.functional.silu(v)
    r, B, C = (weights["weight_" + name] @ u for name in "rBC")
    dt = nn.functional.softplus(weights["weight_dt"] @ r + weights["bias_dt"])
    A = -torch.exp(weights["A_log"])  # (H, N)
    keep = torch.exp(dt[:, None] * A).T
    write = B[:, None] * dt[None, :]
    m = keep * m + write * u
    y = C @ m + weights["D"] * u
    return {"v": v, "u": u, "z": z, "r": r, "dt": dt, "B": B, "C": C, "K": keep, "w": write, "m": m, "y": y,
            "h": y * nn.functional.silu(z)}


def s6_scan(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """h (T, H) of one layer forwards over x (T, inputs) without a recurrence: what every step wrote is weighed
    by the exponential of all the time that passed since."""
    v, z = (x @ weights["weight_ih"].T).chunk(2, dim=1)
    u = nn.functional.silu(v + weights["bias_ih"])
    r, B, C = (u @ weights["weight_" + name].T for name in "rBC")
    dt = nn.functional.softplus(r @ weights["weight_dt"].T + weights["bias_dt"])  # (T, H)
    clock = dt.cumsum(0)
    since = clock[:, None, :] - clock[None, :, :]  # (T, S, H)
    kept = torch.exp(-since.clamp(min=0)[..., None] * torch.exp(weights["A_log"])) * torch.ones(len(x), len(x)).tril()[:, :, None, None]
    written = (dt * u)[:, :, None] * B[:, None, :]  # (S, H, N)
    y = torch.einsum("tshn,shn,tn->th", kept, written, C) + weights["D"] * u
    return y * nn.functional.silu(z)


def mamba_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One step of Mamba's mixer (Gu and Dao 2024, figure 3): S6 behind a convolution over four steps, of whose sums
    c1, c2 and c3 hold what later steps get."""
    v, z = (weights["weight_ih"] @ x).chunk(2)
    taps = weights["conv1d_weight"].T
    c = taps[3] * v + state["c1"] + weights["conv1d_bias"]
    convolution = {"v": v, "c": c, "c1": taps[2] * v + state["c2"], "c2": taps[1] * v + state["c3"], "c3": taps[0] * v}
    # The rest is S6's, of c where that has v.
    rest = {**weights, "weight_ih": torch.eye(2 * len(c), dtype=c.dtype), "bias_ih": torch.zeros_like(c)}
    return {**s6_step(rest, torch.cat([c, z]), state["m"]), **convolution}


def mamba_scan(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """h (T, H) of one layer forwards over x (T, inputs), by PyTorch's own convolution and S6's sums over all steps."""
    v, z = (x @ weights["weight_ih"].T).chunk(2, dim=1)
    padded = nn.functional.pad(v.T[None], (3, 0))
    c = nn.functional.conv1d(padded, weights["conv1d_weight"][:, None], weights["conv1d_bias"], groups=v.shape[1])[0].T
    rest = {**weights, "weight_ih": torch.eye(2 * c.shape[1], dtype=c.dtype), "bias_ih": torch.zeros_like(c[0])}
    return s6_scan(rest, torch.cat([c, z], dim=1))


# ---- cells without a module in torch.nn -------------------------------------------------------------


class CellWeights(nn.Module):
    """The weights of a stack of layers of one of STEPS, by the names of our files."""

    def __init__(self, shape: Shape, inputs: int) -> None:
        super().__init__()
        for layer in range(shape.layers):
            for direction in ("", "_reverse")[: 2 if shape.bidirectional else 1]:
                width = inputs if layer == 0 else shape.leaves * (2 if shape.bidirectional else 1)
                for name, size in self.shapes(shape, width).items():
                    values = torch.randn(size) / math.sqrt(size[-1])
                    if name.startswith(("mu_", "nu_")):
                        values = torch.rand(size)
                    elif name.endswith("_norm_weight"):
                        values = 0.5 + torch.rand(size)
                    elif name in ("decay", "bonus", "Lambda"):
                        values = 2 * torch.randn(size) - 1
                    self.register_parameter(f"{name}_l{layer}{direction}", nn.Parameter(values))

    @staticmethod
    def shapes(shape: Shape, width: int) -> dict[str, tuple[int, ...]]:
        hidden = shape.hidden
        if shape.cell in MATRIX_STEPS:
            return matrix_shapes(shape, width)
        if shape.cell == "mamba":
            rank, memories = (width + 15) // 16, shape.state_size
            return {"weight_ih": (2 * hidden, width), "conv1d_weight": (hidden, 4), "conv1d_bias": (hidden,),
                    "weight_r": (rank, hidden), "weight_B": (memories, hidden), "weight_C": (memories, hidden),
                    "weight_dt": (hidden, rank), "bias_dt": (hidden,), "A_log": (hidden, memories), "D": (hidden,)}
        if shape.cell == "minlstm":
            return {"weight_ih": (3 * hidden, width), "bias_ih": (3 * hidden,)}
        into_units = {"weight_ih": (hidden, width), "bias_ih": (hidden,)}
        if shape.cell == "rg_lru":
            gates = {"weight_r": (hidden, hidden // shape.heads), "bias_r": (hidden,)}
            return {**into_units, **gates, "weight_i": gates["weight_r"], "bias_i": (hidden,), "Lambda": (hidden,)}
        matrices = {f"weight_{name}": (hidden, hidden) for name in "kvro"}
        time = {**into_units, **matrices, **{name: (hidden,) for name in ("mu_k", "mu_v", "mu_r", "decay", "bonus")}}
        if shape.cell == "rwkv4":
            return time
        channels = {"weight_z": (4 * hidden, hidden), "weight_q": (hidden, hidden), "weight_a": (hidden, 4 * hidden)}
        norms = [f"{part}_norm_{name}" for part in ("time", "channel") for name in ("weight", "bias")]
        own = ["nu_z", "nu_q", *(norms if shape.cell == "rwkv4_prenorm" else [])]
        return {**time, **channels, **{name: (hidden,) for name in own}}


def minlstm_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One step of a minLSTM layer (Feng et al. 2024, without the logarithms of its parallel mode)."""
    f, i, z = (weights["weight_ih"] @ x + weights["bias_ih"]).chunk(3)
    f, i = torch.sigmoid(f), torch.sigmoid(i)
    return {"f": f, "i": i, "z": z, "k": f / (f + i), "w": i / (f + i), "h": f / (f + i) * state["h"] + i / (f + i) * z}


def by_heads(weight: Tensor, u: Tensor) -> Tensor:
    """The product of the blocks (H, d) of a block-diagonal matrix with u (..., H)."""
    return u @ torch.block_diag(*weight.split(weight.shape[1])).T


def rg_lru_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One step of an RG-LRU layer (De et al. 2024, equations 1 to 4), behind a linear layer."""
    u = weights["weight_ih"] @ x + weights["bias_ih"]
    r = torch.sigmoid(by_heads(weights["weight_r"], u) + weights["bias_r"])
    i = torch.sigmoid(by_heads(weights["weight_i"], u) + weights["bias_i"])
    l = -8 * r * nn.functional.softplus(weights["Lambda"])
    a = torch.exp(l)
    root = torch.sqrt(1 - a**2)
    return {"u": u, "r": r, "i": i, "l": l, "a": a, "w": root * i, "h": a * state["h"] + root * (i * u)}


def rwkv4_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One step of RWKV-4's time mixing (Peng et al. 2023, equations 11 to 15) from the sums a and b, of which
    c = a / b and l = log b are kept."""
    n = weights["weight_ih"] @ x + weights["bias_ih"]
    mixed = rwkv4_mix(weights, n + 0, state)
    return {"n": n, **mixed, "h": mixed["o"] + 0}


def rwkv4_mix(weights: Mapping[str, Tensor], e: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """From e to o."""
    before = state["e"]
    mixed = {name: weights["mu_" + name] * e + (1 - weights["mu_" + name]) * before for name in "kvr"}
    r = torch.sigmoid(weights["weight_r"] @ mixed["r"])
    k, v = weights["weight_k"] @ mixed["k"], weights["weight_v"] @ mixed["v"]
    b = torch.exp(state["l"])
    a = state["c"] * b
    now, fade, write = torch.exp(weights["bonus"] + k), torch.exp(-torch.exp(weights["decay"])), torch.exp(k)
    y = (a + now * v) / (b + now)
    g = r * y
    o = weights["weight_o"] @ g
    return {"e": e, "ek": mixed["k"], "ev": mixed["v"], "er": mixed["r"], "r": r, "k": k, "v": v, "p": now / (b + now),
            "y": y, "w": write / (fade * b + write), "l": torch.log(fade * b + write), "c": (fade * a + write * v) / (fade * b + write),
            "g": g, "o": o}


def rwkv4_block_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with the channel mixing behind it (equations 16 to 18), each beside a residual connection."""
    time = rwkv4_step(weights, x, state)
    m = time["e"] + time["o"]
    mixed = rwkv4_mix_channels(weights, m, state["m"])
    return {**time, "m": m, **mixed, "h": m + mixed["q"] * mixed["a"]}


def rwkv4_mix_channels(weights: Mapping[str, Tensor], m: Tensor, before: Tensor) -> dict[str, Tensor]:
    """From m, and what it was, to a."""
    mixed = {name: weights["nu_" + name] * m + (1 - weights["nu_" + name]) * before for name in "zq"}
    q, z = torch.sigmoid(weights["weight_q"] @ mixed["q"]), torch.relu(weights["weight_z"] @ mixed["z"])
    return {"mz": mixed["z"], "mq": mixed["q"], "q": q, "z": z, "s": z**2, "a": weights["weight_a"] @ z**2}


def layer_norm(x: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
    """Over the last axis (Ba et al. 2016), with PyTorch's 1e-5."""
    apart = x - x.mean(-1, keepdim=True)
    return gain * apart / torch.sqrt((apart**2).mean(-1, keepdim=True) + 1e-5) + offset


def rwkv4_prenorm_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The whole block with a layer norm before either part, as in the authors' programs."""
    n = weights["weight_ih"] @ x + weights["bias_ih"]
    time = rwkv4_mix(weights, layer_norm(n, weights["time_norm_weight"], weights["time_norm_bias"]), state)
    m = n + time["o"]
    mn = layer_norm(m, weights["channel_norm_weight"], weights["channel_norm_bias"])
    mixed = rwkv4_mix_channels(weights, mn, state["mn"])
    return {"n": n, **time, "m": m, "mn": mn, **mixed, "h": m + mixed["q"] * mixed["a"]}


# ---- cells with a matrix for a memory: a head of N units, unit j its row, as columns of (N, H) ------------


def of_units(of_heads: Tensor, hidden: int) -> Tensor:
    """(H) from one number a head."""
    return of_heads.repeat_interleave(hidden // len(of_heads))


def of_keys(keys: Tensor, heads: int) -> Tensor:
    """(N, H), the numbers of a unit's head, from (G N)."""
    by_head = keys.reshape(heads, -1)
    return by_head.repeat_interleave(by_head.shape[1], dim=0).T


def read_and_weigh(q: Tensor, m: Tensor, z: Tensor, skip: Tensor | float = 0.0) -> dict[str, Tensor]:
    y = (q * m).sum(0) + skip
    return {"m": m, "y": y, "h": y * nn.functional.silu(z)}


def mlstm_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of an mLSTM (Beck et al. 2024, equations 19 to 27) from C and n over e^l."""
    q, k, v, o = (weights["weight_ih"] @ x).chunk(4)
    I, F = (weights["weight_gates"] @ x + weights["bias_gates"]).chunk(2)
    from_past = nn.functional.logsigmoid(of_units(F, len(v))) + state["l"]
    i = of_units(I, len(v))
    top = torch.maximum(i, from_past)
    keep, write = torch.exp(from_past - top), torch.exp(i - top)
    share = write / (keep + write)
    w = share * of_keys(k, heads)
    m = (keep * state["m"] + write * of_keys(k, heads) * v) / (keep + write)
    n = (keep * state["n"] + write * of_keys(k, heads)) / (keep + write)
    l = top + torch.log(keep + write)
    y, s = (of_keys(q, heads) * m).sum(0), (of_keys(q, heads) * n).sum(0)
    o = torch.sigmoid(o + weights["bias_o"])
    return {"q": q, "k": k, "v": v, "I": I, "F": F, "o": o, "f": torch.sigmoid(of_units(F, len(v))), "g": share, "l": l, "w": w,
            "m": m, "n": n, "y": y, "s": s, "h": o * y / torch.maximum(s.abs(), torch.exp(-l))}


def mamba2_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of Mamba-2's state space (Dao and Gu 2024, with keys and queries of each head)."""
    q, k, v, z = (weights["weight_ih"] @ x).chunk(4)
    v = v + weights["bias_v"]
    u = nn.functional.silu(v)
    T, A = weights["weight_dt"] @ x + weights["bias_dt"], weights["A_log"] + 0
    dt = of_units(nn.functional.softplus(T), len(v))
    f = torch.exp(-dt * of_units(torch.exp(A), len(v)))
    w = dt * of_keys(k, heads)
    m = f * state["m"] + w * u
    return {"q": q, "k": k, "v": v, "u": u, "z": z, "T": T, "A": A, "dt": dt, "f": f, "w": w,
            **read_and_weigh(of_keys(q, heads), m, z, weights["D"] * u)}


def gla_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of gated linear attention (Yang et al. 2024, equations 3 and 4)."""
    q, k, v, z, A = (weights["weight_ih"] @ x).chunk(5)
    A = A + weights["bias_a"]
    K = of_keys(torch.sigmoid(A) ** (1 / 16), heads)
    w = of_keys(k, heads)
    m = K * state["m"] + w * v
    return {"q": q, "k": k, "v": v, "z": z, "A": A, "K": K, "w": w, **read_and_weigh(of_keys(q, heads), m, z)}


def rwkv6_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of RWKV-6's time mixing (Peng et al. 2024, equation 19, with decays from one matrix)."""
    q, k, v, z, A = (weights["weight_ih"] @ x).chunk(5)
    A, B = A + weights["bias_a"], weights["bonus"] + 0
    K = of_keys(torch.exp(-torch.exp(A)), heads)
    w = of_keys(k, heads)
    m = K * state["m"] + w * v
    y = (of_keys(q, heads) * (state["m"] + of_keys(B * k, heads) * v)).sum(0)
    return {"q": q, "k": k, "v": v, "z": z, "A": A, "B": B, "K": K, "w": w, "m": m, "y": y, "h": y * nn.functional.silu(z)}


def gated_deltanet_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of Gated DeltaNet (Yang et al. 2025, equation 10): decay first, then what the key finds is replaced."""
    q, k, v, z = (weights["weight_ih"] @ x).chunk(4)
    T, B = (weights["weight_gates"] @ x + weights["bias_gates"]).chunk(2)
    A = weights["A_log"] + 0
    dt, b = of_units(nn.functional.softplus(T), len(v)), of_units(torch.sigmoid(B), len(v))
    f = torch.exp(-dt * of_units(torch.exp(A), len(v)))
    keys = of_keys(k, heads)
    s = keys.square().sum(0).sqrt()
    p = (keys / s * (f * state["m"])).sum(0)
    w = b * keys / s
    m = f * state["m"] + w * (v - p)
    return {"q": q, "k": k, "v": v, "z": z, "T": T, "A": A, "B": B, "dt": dt, "f": f, "b": b, "s": s, "p": p, "u": v - p, "w": w,
            **read_and_weigh(of_keys(q, heads), m, z)}


def retnet_step(weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of retention (Sun et al. 2023, equation 6, without the rotation)."""
    q, k, v, z = (weights["weight_ih"] @ x).chunk(4)
    A = weights["A_log"] + 0
    f = of_units(torch.exp(-torch.exp(A)), len(v))
    w = of_keys(k, heads)
    m = f * state["m"] + w * v
    return {"q": q, "k": k, "v": v, "z": z, "A": A, "f": f, "w": w, **read_and_weigh(of_keys(q, heads), m, z)}


def options_of(cell: str) -> tuple[str, bool, bool]:
    """Of a key such as "matrix_key_delta_mlstm": what decays, whether by the delta rule, whether it is divided."""
    _, decay, rule, *divided = cell.split("_")
    return decay, rule == "delta", bool(divided)


def matrix_mix_step(cell: str, weights: Mapping[str, Tensor], x: Tensor, state: Mapping[str, Tensor], heads: int) -> dict[str, Tensor]:
    """One step of a matrix memory with free options: a decay, a rule (Schlag et al. 2021) and the mLSTM's normaliser, which
    is the memory that v = 1 would have left."""
    decay, delta, divides = options_of(cell)
    q, k, v, z, *net = (weights["weight_ih"] @ x).chunk(5 if decay == "key" else 4)
    B, *of_head = (weights["weight_gates"] @ x + weights["bias_gates"]).chunk(2 if decay == "head" else 1)
    b, keys, channels = of_units(torch.sigmoid(B), len(v)), of_keys(k, heads), {}
    keep = torch.ones_like(keys)
    if decay == "head":
        keep = of_units(torch.sigmoid(of_head[0]), len(v))
        channels = {"F": of_head[0], "f": keep}
    if decay == "key":
        A = net[0] + weights["bias_a"]
        keep = of_keys(torch.sigmoid(A) ** (1 / 16), heads)
        channels = {"A": A, "K": keep}
    content, weight = v, torch.ones_like(v)
    if delta:
        s = keys.square().sum(0).sqrt()
        keys = keys / s
        p = (keys * keep * state["m"]).sum(0)
        content = v - p
        channels |= {"s": s, "p": p, "u": content}
    if delta and divides:
        weight = 1 - (keys * keep * state["n"]).sum(0)
        channels["e"] = weight
    m, y, divisor = keep * state["m"] + b * keys * content, None, 1
    y = (of_keys(q, heads) * m).sum(0)
    if divides:
        n = keep * state["n"] + b * keys * weight
        c = (of_keys(q, heads) * n).sum(0)
        channels |= {"n": n, "c": c}
        divisor = c.abs().clamp(min=1)
    return {"q": q, "k": k, "v": v, "z": z, "B": B, "b": b, "w": b * keys, "m": m, "y": y, **channels,
            "h": y / divisor * nn.functional.silu(z)}


MIXED = [f"matrix_{options}" for options in ("none_add", "none_add_mlstm", "none_delta", "none_delta_mlstm", "head_delta_mlstm",
                                             "key_add_mlstm", "key_delta", "key_delta_mlstm")]
MATRIX_STEPS = {"mlstm": mlstm_step, "mamba2": mamba2_step, "gla": gla_step, "rwkv6": rwkv6_step,
                "gated_deltanet": gated_deltanet_step, "retnet": retnet_step,
                **{cell: functools.partial(matrix_mix_step, cell) for cell in MIXED}}


def matrix_shapes(shape: Shape, width: int) -> dict[str, tuple[int, ...]]:
    hidden, heads = shape.hidden, shape.heads
    if shape.cell in MIXED:
        decay, gates = options_of(shape.cell)[0], heads * (2 if "_head_" in shape.cell else 1)
        weights = {"weight_ih": ((5 if decay == "key" else 4) * hidden, width), "weight_gates": (gates, width), "bias_gates": (gates,)}
        return weights | ({"bias_a": (hidden,)} if decay == "key" else {})
    blocks = 5 if shape.cell in ("gla", "rwkv6") else 4
    return {"weight_ih": (blocks * hidden, width)} | {
        "mlstm": {"weight_gates": (2 * heads, width), "bias_gates": (2 * heads,), "bias_o": (hidden,)},
        "mamba2": {"weight_dt": (heads, width), "bias_v": (hidden,), "bias_dt": (heads,), "A_log": (heads,), "D": (hidden,)},
        "gla": {"bias_a": (hidden,)},
        "rwkv6": {"bias_a": (hidden,), "bonus": (hidden,)},
        "gated_deltanet": {"weight_gates": (2 * heads, width), "bias_gates": (2 * heads,), "A_log": (heads,)},
        "retnet": {"A_log": (heads,)},
    }[shape.cell]


def mixed_by_matrices(cell: str, weights: Mapping[str, Tensor], x: Tensor, heads: int) -> Tensor:
    """h (T, H) of a matrix memory with free options, by products of whole matrices: S K (1 - b k k^T) + b v k^T, and the
    same with v = 1 for the normaliser."""
    decay, delta, divides = options_of(cell)
    every = (x @ weights["weight_ih"].T).chunk(5 if decay == "key" else 4, dim=1)
    q, k, v = (part.reshape(len(x), heads, -1) for part in every[:3])
    B, *F = (x @ weights["weight_gates"].T + weights["bias_gates"]).chunk(2 if decay == "head" else 1, dim=1)
    b = torch.sigmoid(B)[..., None, None]
    keep = torch.ones_like(k)
    if decay == "head":
        keep = torch.sigmoid(F[0])[..., None].expand_as(k)
    if decay == "key":
        keep = torch.exp(nn.functional.logsigmoid(every[4] + weights["bias_a"]) / 16).reshape(k.shape)
    if delta:
        k = k / k.norm(dim=-1, keepdim=True)
    one = torch.eye(k.shape[2])
    S, N, outputs = torch.zeros(heads, k.shape[2], k.shape[2]), torch.zeros(heads, 1, k.shape[2]), []
    for t in range(len(x)):
        key = k[t][:, None]
        left = torch.diag_embed(keep[t]) @ (one - b[t] * key.transpose(1, 2) @ key if delta else one)
        S, N = S @ left + b[t] * v[t][..., None] @ key, N @ left + b[t] * key
        y, c = S @ q[t][..., None], N @ q[t][..., None]
        outputs.append((y / c.abs().clamp(min=1) if divides else y).flatten())
    return torch.stack(outputs) * nn.functional.silu(every[3])


def pairs_of_steps(log_keep: Tensor) -> Tensor:
    """(T, S, ...) the product of all keeps after step s up to step t, 0 for later s, from their logarithms (T, ...)."""
    clock = log_keep.cumsum(0)
    past = torch.ones(len(clock), len(clock)).tril().reshape(len(clock), len(clock), *[1] * (clock.dim() - 1))
    return torch.exp((clock[:, None] - clock[None]) * past) * past


def matrix_parallel(cell: str, weights: Mapping[str, Tensor], x: Tensor, heads: int) -> Tensor:
    """h (T, H) of one layer forwards over x (T, inputs) by head: from all pairs of steps, or of the delta rule as
    products of whole matrices."""
    if cell in MIXED:
        return mixed_by_matrices(cell, weights, x, heads)
    every = (x @ weights["weight_ih"].T).split(weights["weight_ih"].shape[0] // (5 if cell in ("gla", "rwkv6") else 4), dim=1)
    q, k, v = (part.reshape(len(x), heads, -1) for part in every[:3])
    z = every[3]
    if cell == "mlstm":  # the paper's parallel form, equations 28 to 32
        I, F = (x @ weights["weight_gates"].T + weights["bias_gates"]).chunk(2, dim=1)
        clock = nn.functional.logsigmoid(F).cumsum(0)
        exponents = clock[:, None] - clock[None] + I[None]
        exponents = exponents.masked_fill(torch.ones(len(x), len(x)).triu(1)[..., None] > 0, -math.inf)
        top = exponents.max(dim=1, keepdim=True).values
        scores = torch.einsum("tgn,sgn->tsg", q, k) * torch.exp(exponents - top)
        divisor = torch.maximum(scores.sum(1).abs(), torch.exp(-top[:, 0]))
        y = torch.einsum("tsg,sgj->tgj", scores, v) / divisor[..., None]
        return torch.sigmoid(z + weights["bias_o"]) * y.flatten(1)
    if cell == "gated_deltanet":
        T, B = (x @ weights["weight_gates"].T + weights["bias_gates"]).chunk(2, dim=1)
        keep = torch.exp(-nn.functional.softplus(T) * torch.exp(weights["A_log"]))[..., None, None]
        b = torch.sigmoid(B)[..., None, None]
        k = k / k.norm(dim=-1, keepdim=True)
        S, outputs = torch.zeros(heads, k.shape[2], k.shape[2]), []
        for t in range(len(x)):
            along = k[t][..., None] @ k[t][:, None]
            S = keep[t] * S @ (torch.eye(k.shape[2]) - b[t] * along) + b[t] * v[t][..., None] @ k[t][:, None]
            outputs.append((S @ q[t][..., None]).flatten())
        return torch.stack(outputs) * nn.functional.silu(z)
    if cell == "mamba2":
        v = nn.functional.silu(v + weights["bias_v"].reshape(heads, -1))
        dt = nn.functional.softplus(x @ weights["weight_dt"].T + weights["bias_dt"])
        kept = pairs_of_steps(-dt * torch.exp(weights["A_log"]))
        scores = torch.einsum("tgn,sgn,tsg,sg->tsg", q, k, kept, dt)
        return (torch.einsum("tsg,sgj->tgj", scores, v).flatten(1) + weights["D"] * v.flatten(1)) * nn.functional.silu(z)
    if cell == "retnet":
        kept = pairs_of_steps(-torch.exp(weights["A_log"]).repeat(len(x), 1))
        scores = torch.einsum("tgn,sgn,tsg->tsg", q, k, kept)
        return torch.einsum("tsg,sgj->tgj", scores, v).flatten(1) * nn.functional.silu(z)
    A = (every[4] + weights["bias_a"]).reshape(len(x), heads, -1)
    if cell == "gla":
        scores = torch.einsum("tgn,sgn,tsgn->tsg", q, k, pairs_of_steps(nn.functional.logsigmoid(A) / 16))
        return torch.einsum("tsg,sgj->tgj", scores, v).flatten(1) * nn.functional.silu(z)
    # Of RWKV-6 the state before a step is read: its own decay does not count.
    decay = -torch.exp(A)
    clock = decay.cumsum(0)
    before = torch.ones(len(x), len(x)).tril(-1)[..., None, None]
    kept = torch.exp(((clock - decay)[:, None] - clock[None]) * before) * before
    scores = torch.einsum("tgn,sgn,tsgn->tsg", q, k, kept)
    present = (q * weights["bonus"].reshape(heads, -1) * k).sum(-1, keepdim=True) * v
    return (torch.einsum("tsg,sgj->tgj", scores, v) + present).flatten(1) * nn.functional.silu(z)


STEPS = {"mamba": mamba_step, "minlstm": minlstm_step, "rg_lru": rg_lru_step, "rwkv4": rwkv4_step, "rwkv4_block": rwkv4_block_step,
         "rwkv4_prenorm": rwkv4_prenorm_step}


def weighted_past(keep: Tensor, write: Tensor, content: Tensor) -> Tensor:
    """h (T, H) of h_t = keep_t h_{t-1} + write_t content_t without a recurrence: what every step wrote, times the
    product of all keeps since."""
    clock = torch.log(keep).cumsum(0)
    steps = len(keep)
    past = torch.ones(steps, steps).tril()[..., None]  # (T, S, 1)
    kept = torch.exp((clock[:, None] - clock[None]) * past) * past
    return torch.einsum("tsh,sh->th", kept, write * content)


def minlstm_parallel(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """h (T, H) of one layer forwards over x (T, inputs), with the paper's gates from logarithms."""
    f, i, z = (x @ weights["weight_ih"].T + weights["bias_ih"]).chunk(3, dim=1)
    apart = nn.functional.softplus(-f) - nn.functional.softplus(-i)
    return weighted_past(torch.sigmoid(-apart), torch.sigmoid(apart), z)


def rg_lru_parallel(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    u = x @ weights["weight_ih"].T + weights["bias_ih"]
    r, i = (torch.sigmoid(by_heads(weights["weight_" + name], u) + weights["bias_" + name]) for name in "ri")
    a = torch.sigmoid(-weights["Lambda"]) ** (8 * r)  # e^-softplus(x) = sigmoid(-x)
    return weighted_past(a, torch.sqrt((1 - a) * (1 + a)), i * u)


def rwkv4_parallel(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Every step as the weighted mean over all steps up to it, as in the paper's equation 14."""
    return rwkv4_of_inputs(weights, x @ weights["weight_ih"].T + weights["bias_ih"])


def rwkv4_of_inputs(weights: Mapping[str, Tensor], e: Tensor) -> Tensor:
    before = nn.functional.pad(e, (0, 0, 1, 0))[:-1]
    k, v, r = ((e * mu + before * (1 - mu)) @ weights["weight_" + name].T for name in "kvr" for mu in [weights["mu_" + name]])
    steps = torch.arange(len(e), dtype=e.dtype)
    ages = (steps[:, None] - steps[None] - 1)[..., None]  # (T, S, 1): -1 is the present, less the future
    exponents = -torch.exp(weights["decay"]) * ages.clamp(min=0) + k[None] + torch.where(ages == -1, weights["bonus"], torch.zeros(()))
    share = torch.softmax(exponents.masked_fill(ages < -1, -math.inf), dim=1)
    return torch.sigmoid(r) * torch.einsum("tsh,sh->th", share, v) @ weights["weight_o"].T


def rwkv4_block_parallel(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    e = x @ weights["weight_ih"].T + weights["bias_ih"]
    m = e + rwkv4_of_inputs(weights, e)
    return m + rwkv4_of_middles(weights, m)


def rwkv4_of_middles(weights: Mapping[str, Tensor], m: Tensor) -> Tensor:
    before = nn.functional.pad(m, (0, 0, 1, 0))[:-1]
    z, q = ((m * nu + before * (1 - nu)) @ weights["weight_" + name].T for name in "zq" for nu in [weights["nu_" + name]])
    return torch.sigmoid(q) * (torch.relu(z) ** 2 @ weights["weight_a"].T)


def rwkv4_prenorm_parallel(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """By PyTorch's own layer norm."""
    def norm(of: Tensor, name: str) -> Tensor:
        return nn.functional.layer_norm(of, of.shape[-1:], weights[name + "_norm_weight"], weights[name + "_norm_bias"])

    n = x @ weights["weight_ih"].T + weights["bias_ih"]
    m = n + rwkv4_of_inputs(weights, norm(n, "time"))
    return m + rwkv4_of_middles(weights, norm(m, "channel"))


PARALLEL = {
    "s6": s6_scan,
    "mamba": mamba_scan,
    "minlstm": minlstm_parallel,
    "rg_lru": rg_lru_parallel,
    "rwkv4": rwkv4_parallel,
    "rwkv4_block": rwkv4_block_parallel,
    "rwkv4_prenorm": rwkv4_prenorm_parallel,
}


def add_filter(rnn: nn.Module, shape: Shape) -> None:
    """Adds the weights of the filter that every layer has of its input, by the names of our files."""
    for layer in range(shape.layers):
        width = (shape.embedding or shape.vocabulary) if layer == 0 else shape.leaves * (2 if shape.bidirectional else 1)
        for direction in ("", "_reverse")[: 2 if shape.bidirectional else 1]:
            suffix = f"_l{layer}{direction}"
            if shape.norm:
                rnn.register_parameter("norm_weight" + suffix, nn.Parameter(0.5 + torch.rand(width)))
            if shape.head_norm:
                rnn.register_parameter("head_norm_weight" + suffix, nn.Parameter(0.5 + torch.rand(shape.hidden)))
            if shape.output_gate:
                rnn.register_parameter("gate_weight" + suffix, nn.Parameter(torch.randn(shape.hidden, width) / math.sqrt(width)))
            if shape.projection:
                rnn.register_parameter("out_weight" + suffix, nn.Parameter(torch.randn(shape.leaves, shape.hidden) / math.sqrt(shape.hidden)))
            if shape.token_shift:
                rnn.register_parameter("shift_mu" + suffix, nn.Parameter(torch.rand(width)))
            if shape.conv:
                rnn.register_parameter("conv_weight" + suffix, nn.Parameter(torch.randn(width, shape.conv) / math.sqrt(shape.conv)))
                rnn.register_parameter("conv_bias" + suffix, nn.Parameter(0.3 * torch.randn(width)))


def cut_into_heads(rnn: nn.Module, heads: int) -> None:
    """Leaves of every weight_hh (4H, H) its first H / heads columns: those of a unit's own head."""
    for name, weights in list(rnn.named_parameters()):
        if name.startswith("weight_hh"):
            setattr(rnn, name, nn.Parameter(weights.detach()[:, : weights.shape[1] // heads].clone()))


class LastNorm(nn.Module):
    """The norm before the head, in plain sums: root mean square norm, or layer norm (Ba et al. 2016)."""

    def __init__(self, kind: str, width: int, epsilon: float) -> None:
        super().__init__()
        self.kind, self.epsilon = kind, epsilon
        self.weight = nn.Parameter(0.5 + torch.rand(width))
        if kind == "layer":
            self.bias = nn.Parameter(0.3 * torch.randn(width))

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "rms":
            return self.weight * x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + self.epsilon)
        apart = x - x.mean(-1, keepdim=True)
        return self.weight * apart / torch.sqrt((apart ** 2).mean(-1, keepdim=True) + 1e-5) + self.bias

    def whole(self, x: Tensor) -> Tensor:
        """The same by PyTorch's own functions."""
        if self.kind == "rms":
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight
        return nn.functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, 1e-5)


class CharacterModel(nn.Module):
    """One-hot or embedding, a recurrent stack, a linear head; logits (T, V) from ids (T)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        inputs = shape.embedding or shape.vocabulary
        options = {"num_layers": shape.layers, "bidirectional": shape.bidirectional}
        if shape.embedding:
            self.embedding = nn.Embedding(shape.vocabulary, shape.embedding)
        if shape.cell in ("lstm", "slstm"):  # of an sLSTM the module keeps the weights alone
            self.rnn: nn.RNNBase = nn.LSTM(inputs, shape.hidden, **options)
        elif shape.cell == "gru":
            self.rnn = nn.GRU(inputs, shape.hidden, **options)
        elif shape.cell == "s6":
            self.rnn = S6Weights(inputs, shape.hidden, **options)
        elif shape.cell in STEPS or shape.cell in MATRIX_STEPS:
            self.rnn = CellWeights(shape, inputs)
        else:
            nonlinearity = "relu" if shape.cell == "rnn_relu" else "tanh"
            self.rnn = nn.RNN(inputs, shape.hidden, nonlinearity=nonlinearity, **options)
        add_filter(self.rnn, shape)
        if shape.cell == "slstm" and shape.heads > 1:
            cut_into_heads(self.rnn, shape.heads)
        gives = shape.leaves * (2 if shape.bidirectional else 1)
        if shape.last_norm != "none":
            self.norm = LastNorm(shape.last_norm, gives, shape.norm_epsilon)
        self.head = nn.Linear(gives, shape.vocabulary)

    def normed(self, x: Tensor) -> Tensor:
        """What the head sees of what leaves the stack."""
        return x if self.shape.last_norm == "none" else self.norm(x)

    def inputs(self, ids: Tensor) -> Tensor:
        """(T, V) one-hot rows, or (T, E) embedded ones."""
        if self.shape.embedding:
            return self.embedding(ids)
        return torch.eye(self.shape.vocabulary, dtype=self.head.weight.dtype)[ids]

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.rnn(self.inputs(ids))[0])


def shape_of(state: Mapping[str, Tensor], cell: str | None = None) -> Shape:
    """Reads the shape off a state dict with the names `rnn.`, `head.`, `embedding.`.

    `cell` decides what the tensors do not show (rnn_relu); the default of one row block is tanh.
    """
    rows, hidden = state["rnn.weight_hh_l0"].shape
    by_rows = {blocks * hidden: name for name, blocks in reversed(ROW_BLOCKS.items())}
    layers = sum(name.startswith("rnn.weight_hh_l") and not name.endswith("_reverse") for name in state)
    return Shape(
        cell=cell or by_rows[rows],
        hidden=hidden,
        layers=layers,
        bidirectional="rnn.weight_hh_l0_reverse" in state,
        embedding=state["embedding.weight"].shape[1] if "embedding.weight" in state else 0,
        vocabulary=state["head.weight"].shape[0],
    )


def model_of(state: Mapping[str, Tensor], cell: str | None = None) -> CharacterModel:
    """The model of a state dict, in double precision."""
    model = CharacterModel(shape_of(state, cell)).double()
    model.load_state_dict(dict(state))
    return model


# ---- the unrolled trace ----------------------------------------------------------------------------


@dataclass
class LayerTrace:
    """One direction of one layer; entry t of every list belongs to character t, in both directions."""

    direction: str
    layer: int
    channels: dict[str, list[Tensor]] = field(default_factory=dict)  # symbol -> T tensors (H)
    gradients: dict[str, Tensor] = field(default_factory=dict)  # "h", "c" -> (T, H)


@dataclass
class Trace:
    """A forward and backward pass over one text from a zero state."""

    logits: Tensor  # (T, V)
    losses: Tensor  # (T), nats; NaN where not scored
    total_loss: Tensor  # sum over scored steps
    layers: list[LayerTrace]  # layer 0 forward, layer 0 backward, layer 1 forward, ...
    parameter_gradients: State


def step(cell: str, from_input: Tensor, weight_hh: Tensor, bias_hh: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One step of a cell: every channel (H), from W_ih x + b_ih and the channels of the step before."""
    h = state["h"]
    width = weight_hh.shape[1]  # of a head
    if width == len(h):
        from_state = weight_hh @ h + bias_hh
    else:
        by_head = weight_hh.reshape(-1, len(h) // width, width, width)  # (gates, heads, d, d)
        from_state = torch.einsum("ghij,hj->ghi", by_head, h.reshape(-1, width)).flatten() + bias_hh
    if cell == "rnn":
        return {"h": torch.tanh(from_input + from_state)}
    if cell == "rnn_relu":
        return {"h": torch.relu(from_input + from_state)}
    if cell == "gru":
        r_input, z_input, n_input = from_input.chunk(3)
        r_state, z_state, n_state = from_state.chunk(3)
        r = torch.sigmoid(r_input + r_state)
        z = torch.sigmoid(z_input + z_state)
        n = torch.tanh(n_input + r * n_state)
        return {"r": r, "z": z, "n": n, "h": (1 - z) * n + z * h}
    i, f, g, o = (from_input + from_state).chunk(4)
    if cell == "slstm":
        # The authors' step from c n, n and m with n = 1: what comes out does not depend on the stabiliser.
        from_past = nn.functional.logsigmoid(f) + state["l"]
        m = torch.maximum(i, from_past)
        write, keep = torch.exp(i - m), torch.exp(from_past - m)
        z, o, n = torch.tanh(g), torch.sigmoid(o), keep + write
        c = (keep * state["c"] + write * z) / n
        return {"i": i, "f": torch.sigmoid(f), "z": z, "o": o, "w": write / n, "c": c, "l": m + torch.log(n), "h": o * c}
    c = state["c"]
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * torch.tanh(c)}


def own_weights(model: CharacterModel, suffix: str) -> dict[str, Tensor]:
    """The weights of one direction of one layer without their suffix."""
    return {name.removesuffix(suffix): weights for name, weights in model.rnn.named_parameters() if name.endswith(suffix)}


def filter_steps(model: CharacterModel, suffix: str, x: list[Tensor]) -> dict[str, list[Tensor]]:
    """What the filter makes of the inputs x, in the layer's own direction, step by step: root mean square norm (Zhang
    and Sennrich 2019), token shift (Peng et al. 2023), then Mamba's causal convolution and SiLU (Gu and Dao 2024)."""
    shape = model.shape
    steps: dict[str, list[Tensor]] = {"x": x}
    if shape.norm:
        steps["xr"] = [((now ** 2).mean() + shape.norm_epsilon).sqrt()[None] for now in x]
        steps["xn"] = x = [getattr(model.rnn, "norm_weight" + suffix) * now / size for now, size in zip(x, steps["xr"])]
    if shape.token_shift:
        mu = getattr(model.rnn, "shift_mu" + suffix)
        before = [torch.zeros_like(x[0]), *x[:-1]]
        steps["xs"] = [mu * now + (1 - mu) * earlier for now, earlier in zip(x, before)]
    if shape.conv:
        weight, bias = (getattr(model.rnn, name + suffix) for name in ("conv_weight", "conv_bias"))
        past = torch.zeros((shape.conv - 1) * len(x[0]), dtype=x[0].dtype)
        steps["xp"], steps["xc"] = [], []
        for now in steps.get("xs", x):
            window = [now, *past.split(len(now))]  # the newest first
            steps["xc"].append(nn.functional.silu(sum(weight[:, -1 - k] * value for k, value in enumerate(window)) + bias))
            past = torch.cat(window[:-1])
            steps["xp"].append(past)
    return steps


def output_steps(model: CharacterModel, suffix: str, entered: dict[str, list[Tensor]], h: list[Tensor]) -> dict[str, list[Tensor]]:
    """What the layer makes of its cell's h, step by step: group norm (Wu and He 2018), output gate, projection, and its
    input added."""
    shape = model.shape
    steps: dict[str, list[Tensor]] = {}
    if shape.head_norm:
        weight = getattr(model.rnn, "head_norm_weight" + suffix)
        heads = [now.view(shape.heads, -1) for now in h]
        steps["hm"] = [head.mean(1) for head in heads]
        steps["hd"] = [(((head - mean[:, None]) ** 2).mean(1) + 1e-5).sqrt() for head, mean in zip(heads, steps["hm"])]
        steps["hn"] = h = [weight * ((head - mean[:, None]) / apart[:, None]).flatten()
                           for head, mean, apart in zip(heads, steps["hm"], steps["hd"])]
    if shape.output_gate:
        weight = getattr(model.rnn, "gate_weight" + suffix)
        steps["oz"] = [weight @ now for now in entered.get("xs", entered.get("xn", entered["x"]))]
        steps["og"] = [net * torch.sigmoid(net) for net in steps["oz"]]
        steps["hg"] = h = [now * gate for now, gate in zip(h, steps["og"])]
    if shape.projection:
        steps["hp"] = h = [getattr(model.rnn, "out_weight" + suffix) @ now for now in h]
    if shape.residual:
        steps["xb"] = [x if len(x) == shape.leaves else torch.zeros_like(now) for x, now in zip(entered["x"], h)]
        steps["ho"] = [x + now for x, now in zip(steps["xb"], h)]
    return steps


def output_whole(model: CharacterModel, x: Tensor, h: Tensor) -> Tensor:
    """The same of the lowest layer over x (T, inputs) and h (T, H) at once, by PyTorch's own group norm."""
    shape = model.shape
    if shape.head_norm:
        h = nn.functional.group_norm(h, shape.heads, model.rnn.head_norm_weight_l0, None, 1e-5)
    if shape.output_gate:
        before = nn.functional.linear(filter_whole(model, x, convolves=False), model.rnn.gate_weight_l0)
        h = h * nn.functional.silu(before)
    if shape.projection:
        h = nn.functional.linear(h, model.rnn.out_weight_l0)
    return x + h if shape.residual and x.shape == h.shape else h


def filter_whole(model: CharacterModel, x: Tensor, convolves: bool = True) -> Tensor:
    """The same of the lowest layer forwards over x (T, inputs) at once, by PyTorch's own convolution."""
    shape = model.shape
    if shape.norm:
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + shape.norm_epsilon) * model.rnn.norm_weight_l0
    if shape.token_shift:
        mu = model.rnn.shift_mu_l0
        x = mu * x + (1 - mu) * nn.functional.pad(x, (0, 0, 1, 0))[:-1]
    if shape.conv and convolves:
        padded = nn.functional.pad(x.T[None], (shape.conv - 1, 0))
        x = nn.functional.silu(nn.functional.conv1d(padded, model.rnn.conv_weight_l0[:, None], model.rnn.conv_bias_l0, groups=x.shape[1]))[0].T
    return x


def unroll_direction(model: CharacterModel, layer: int, direction: str, x: Tensor) -> LayerTrace:
    """Runs one direction of one layer over inputs x (T, inputs)."""
    suffix = f"_l{layer}" + ("_reverse" if direction == "backward" else "")
    if not model.shape.filtered:
        return unroll_cell(model, layer, direction, suffix, x)
    steps = filter_steps(model, suffix, list(x.flip(0) if direction == "backward" else x))
    if direction == "backward":
        steps = {symbol: values[::-1] for symbol, values in steps.items()}
    trace = unroll_cell(model, layer, direction, suffix, torch.stack(steps[next(k for k in ("xc", "xs", "xn", "x") if k in steps)]))
    trace.channels.update(steps)
    trace.channels.update(output_steps(model, suffix, steps, trace.channels["h"]))
    return trace


def unroll_cell(model: CharacterModel, layer: int, direction: str, suffix: str, x: Tensor) -> LayerTrace:
    """The cell of one direction of one layer over what the filter lets through."""
    if model.shape.cell == "s6":
        weights = own_weights(model, suffix)
        m = torch.zeros(S6Weights.MEMORIES, model.shape.hidden, dtype=x.dtype)
        s6_steps: list[dict[str, Tensor]] = []
        for x_t in x.flip(0) if direction == "backward" else x:
            s6_steps.append(s6_step(weights, x_t, m))
            m = s6_steps[-1]["m"]
        if direction == "backward":
            s6_steps.reverse()
        return LayerTrace(direction, layer, {symbol: [s[symbol] for s in s6_steps] for symbol in s6_steps[0]})
    zero = torch.zeros(model.shape.hidden, dtype=x.dtype)
    if model.shape.cell in STEPS or model.shape.cell in MATRIX_STEPS:
        weights, heads = own_weights(model, suffix), model.shape.heads
        state = {"h": zero, "e": zero, "c": zero, "m": zero, "mn": zero, "l": torch.full_like(zero, -math.inf)}
        if model.shape.cell == "mamba":
            state |= {"c1": zero, "c2": zero, "c3": zero, "m": zero.repeat(model.shape.state_size, 1)}
        if model.shape.cell in MATRIX_STEPS:
            state["m"] = state["n"] = zero.repeat(model.shape.hidden // heads, 1)
        own_steps: list[dict[str, Tensor]] = []
        for x_t in x.flip(0) if direction == "backward" else x:
            if model.shape.cell in MATRIX_STEPS:
                state = MATRIX_STEPS[model.shape.cell](weights, x_t, state, heads)
            else:
                state = STEPS[model.shape.cell](weights, x_t, state)
            own_steps.append(state)
        if direction == "backward":
            own_steps.reverse()
        return LayerTrace(direction, layer, {symbol: [s[symbol] for s in own_steps] for symbol in own_steps[0]})
    weight_ih, weight_hh, bias_ih, bias_hh = (
        getattr(model.rnn, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    state = {"h": zero, "c": zero, "l": torch.full_like(zero, -math.inf)}
    steps: list[dict[str, Tensor]] = []
    for x_t in x.flip(0) if direction == "backward" else x:
        state = step(model.shape.cell, weight_ih @ x_t + bias_ih, weight_hh, bias_hh, state)
        steps.append(state)
    if direction == "backward":
        steps.reverse()
    return LayerTrace(direction, layer, {symbol: [s[symbol] for s in steps] for symbol in steps[0]})


def losses_of(logits: Tensor, targets: Tensor, loss_at: str) -> Tensor:
    """Cross-entropy (T) in nats; with `loss_at` "last" every other step is NaN."""
    losses = nn.functional.cross_entropy(logits, targets, reduction="none")
    if loss_at == "all":
        return losses
    return torch.cat([torch.full_like(losses[:-1], math.nan), losses[-1:]])


def unrolled_trace(model: CharacterModel, ids: Tensor, targets: Tensor, loss_at: str = "all") -> Trace:
    """Forward and backward; gradients of h and c are total derivatives of the summed loss."""
    x = model.inputs(ids)
    if not x.requires_grad:  # a filter keeps one-hot vectors, too
        x.requires_grad_()
    layers: list[LayerTrace] = []
    for layer in range(model.shape.layers):
        directions = ("forward", "backward") if model.shape.bidirectional else ("forward",)
        traces = [unroll_direction(model, layer, direction, x) for direction in directions]
        x = torch.cat([torch.stack(trace.channels[model.shape.output]) for trace in traces], dim=1)
        layers += traces
    logits = model.head(model.normed(x))
    losses = losses_of(logits, targets, loss_at)
    total = losses[losses.isfinite()].sum()

    # h_t and c_t enter the graph one step at a time, so the derivative by each is the total one.
    own = {"minlstm": ["h"], "mamba": ["c1", "c2", "c3", "m", "h"], "rg_lru": ["h"], "rwkv4": ["e", "l", "c", "h"],
           "rwkv4_block": ["e", "l", "c", "m", "h"], "rwkv4_prenorm": ["e", "l", "c", "mn", "h"]}.get(model.shape.cell, ["h", "c", "l", "m"])
    if model.shape.cell in MATRIX_STEPS:
        own = {"mlstm": ["l", "m", "n", "h"]}.get(model.shape.cell, ["m", "n", "h"] if model.shape.cell.endswith("_mlstm") else ["m", "h"])
    if model.shape.output != "h":
        carried = model.shape.cell not in MATRIX_STEPS and model.shape.cell not in ("s6", "mamba", "rwkv4", "rwkv4_block", "rwkv4_prenorm")
        own = [symbol for symbol in own if symbol != "h" or carried] + [model.shape.output]
    shifted = "xn" if model.shape.norm else "x"
    kept = [*own, *([shifted] if model.shape.token_shift else []), *(["xp"] if model.shape.conv else [])]
    states = [(trace, symbol) for trace in layers for symbol in kept if symbol in trace.channels]
    names, parameters = zip(*model.named_parameters())
    wanted = [tensor for trace, symbol in states for tensor in trace.channels[symbol]]
    gradients = torch.autograd.grad(total, [*parameters, *wanted], allow_unused=True)
    filled = [torch.zeros_like(w) if g is None else g for w, g in zip([*parameters, *wanted], gradients)]
    by_step: Iterator[Tensor] = iter(filled[len(parameters) :])
    for trace, symbol in states:
        trace.gradients[symbol] = torch.stack([next(by_step) for _ in range(len(ids))])
    return Trace(logits, losses, total, layers, dict(zip(names, filled)))


def slstm_outputs(model: CharacterModel, x: Tensor) -> Tensor:
    """h (T, H) of one layer forwards, as the authors' program carries it: c n, n and m."""
    weight_ih, weight_hh, bias_ih, bias_hh = (getattr(model.rnn, name + "_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    if model.shape.heads > 1:
        weight_hh = torch.cat([torch.block_diag(*gate.split(weight_hh.shape[1])) for gate in weight_hh.chunk(4)])
    h = c = n = m = torch.zeros(model.shape.hidden, dtype=x.dtype)
    outputs: list[Tensor] = []
    for x_t in x:
        i, f, z, o = (weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh).chunk(4)
        from_past = m + nn.functional.logsigmoid(f)
        m = torch.maximum(i, from_past) if outputs else i
        write, keep = torch.exp(i - m), torch.exp(from_past - m)
        c = keep * c + write * torch.tanh(z)
        n = keep * n + write
        h = torch.sigmoid(o) * c / n
        outputs.append(h)
    return torch.stack(outputs)


def difference_from_fused(model: CharacterModel, ids: Tensor, targets: Tensor, trace: Trace, loss_at: str = "all") -> float:
    """The largest difference from torch.nn's own module: top outputs, logits, loss, parameter gradients, each over its
    largest number where that is above 1."""
    x = model.inputs(ids)
    if (model.shape.filtered or model.shape.cell == "slstm" or model.shape.cell in PARALLEL or model.shape.cell in MATRIX_STEPS) and (model.shape.layers > 1 or model.shape.bidirectional):
        return 0.0  # the same step, stacked by the same code as every other cell
    entered = x
    x = filter_whole(model, x)
    if model.shape.cell == "slstm":
        outputs = slstm_outputs(model, x)
    elif model.shape.cell in MATRIX_STEPS:
        outputs = matrix_parallel(model.shape.cell, own_weights(model, "_l0"), x, model.shape.heads)
    elif model.shape.cell in PARALLEL:
        outputs = PARALLEL[model.shape.cell](own_weights(model, "_l0"), x)
    else:
        outputs = model.rnn(x)[0]
    outputs = output_whole(model, entered, outputs)
    logits = model.head(outputs if model.shape.last_norm == "none" else model.norm.whole(outputs))
    losses = losses_of(logits, targets, loss_at)
    total = losses[losses.isfinite()].sum()
    gradients = torch.autograd.grad(total, list(model.parameters()))
    top = [layer for layer in trace.layers if layer.layer == model.shape.layers - 1]
    unrolled_outputs = torch.cat([torch.stack(layer.channels[model.shape.output]) for layer in top], dim=1)
    pairs = [(outputs, unrolled_outputs), (logits, trace.logits), (total, trace.total_loss)]
    pairs += zip(gradients, trace.parameter_gradients.values())
    return max((a - b).abs().max().item() / max(1.0, b.abs().max().item()) for a, b in pairs)
