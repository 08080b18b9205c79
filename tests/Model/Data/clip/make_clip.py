#!/usr/bin/env python3
"""Makes a small CLIP vision tower and its features, with nothing but numpy: python3 make_clip.py (in this folder).

config.json, model.safetensors: the tower as Hugging Face's CLIPVisionModel keeps it, random weights.
expected.safetensors: pixels [2, 3, S, S]; features [2, tokens, width], the last layer's output before the final norm,
computed in float64; features_gelu: the same with hidden_act gelu.
"""
import json, math, struct
import numpy as np

WIDTH, INNER, LAYERS, HEADS, SIZE, PATCH, EPS = 16, 24, 3, 2, 14, 4, 1e-5
TOKENS = (SIZE // PATCH) ** 2 + 1
rng = np.random.default_rng(20)


def write(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        value = np.ascontiguousarray(value, dtype="<f4")
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def weights():
    root = "vision_model."
    yield root + "embeddings.class_embedding", (WIDTH,), 0
    yield root + "embeddings.patch_embedding.weight", (WIDTH, 3, PATCH, PATCH), 0
    yield root + "embeddings.position_embedding.weight", (TOKENS, WIDTH), 0
    for name in ["pre_layrnorm", "post_layernorm"]:
        yield root + name + ".weight", (WIDTH,), 1
        yield root + name + ".bias", (WIDTH,), 0
    for layer in range(LAYERS):
        name = f"{root}encoder.layers.{layer}."
        for part, rows, columns in [("self_attn.q_proj", WIDTH, WIDTH), ("self_attn.k_proj", WIDTH, WIDTH), ("self_attn.v_proj", WIDTH, WIDTH),
                                    ("self_attn.out_proj", WIDTH, WIDTH), ("mlp.fc1", INNER, WIDTH), ("mlp.fc2", WIDTH, INNER)]:
            yield name + part + ".weight", (rows, columns), 0
            yield name + part + ".bias", (rows,), 0
        for part in ["layer_norm1", "layer_norm2"]:
            yield name + part + ".weight", (WIDTH,), 1
            yield name + part + ".bias", (WIDTH,), 0


def norm(x, w, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPS) * w[name + ".weight"] + w[name + ".bias"]


def linear(x, w, name):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def quick_gelu(x):
    return x / (1 + np.exp(-1.702 * x))


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def features(pixels, w, activation):
    root, result = "vision_model.", []
    for image in pixels:
        rows = [w[root + "embeddings.class_embedding"]]
        for top in range(0, SIZE - PATCH + 1, PATCH):
            for left in range(0, SIZE - PATCH + 1, PATCH):
                rows.append((w[root + "embeddings.patch_embedding.weight"] * image[:, top:top + PATCH, left:left + PATCH]).sum((1, 2, 3)))
        x = norm(np.stack(rows) + w[root + "embeddings.position_embedding.weight"], w, root + "pre_layrnorm")
        for layer in range(LAYERS):
            name, d = f"{root}encoder.layers.{layer}.", WIDTH // HEADS
            unit = norm(x, w, name + "layer_norm1")
            q, k, v = (linear(unit, w, f"{name}self_attn.{part}_proj") for part in "qkv")
            heads = []
            for head in range(HEADS):
                part = slice(head * d, (head + 1) * d)
                scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(d))
                heads.append(scores / scores.sum(1, keepdims=True) @ v[:, part])
            x = x + linear(np.concatenate(heads, 1), w, name + "self_attn.out_proj")
            x = x + linear(activation(linear(norm(x, w, name + "layer_norm2"), w, name + "mlp.fc1")), w, name + "mlp.fc2")
        result.append(x)
    return np.stack(result)


tensors = {name: (centre + rng.normal(0, 0.3, shape)).astype(np.float32) for name, shape, centre in weights()}
pixels = rng.normal(0, 1, (2, 3, SIZE, SIZE)).astype(np.float32)
wide = {name: value.astype(np.float64) for name, value in tensors.items()}
write("model.safetensors", tensors)
write("expected.safetensors", {"pixels": pixels, "features": features(pixels.astype(np.float64), wide, quick_gelu),
                               "features_gelu": features(pixels.astype(np.float64), wide, gelu)})
with open("config.json", "w") as file:
    json.dump({"model_type": "clip_vision_model", "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
               "num_attention_heads": HEADS, "image_size": SIZE, "patch_size": PATCH, "layer_norm_eps": EPS, "hidden_act": "quick_gelu"}, file, indent=2)
    file.write("\n")
