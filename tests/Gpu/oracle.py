#!/usr/bin/env python3
"""The model's loss and gradients in float64, from its formulas alone: oracle.py FOLDER RESULTS.jsonl

FOLDER has one folder a case, with sample.safetensors (ids, labels, pixels, and what visualchat found: loss,
gradient.NAME) and case.json (the attention, the sizes, the limits, the folder of weights). The decoder is dense,
with T x T masks and a hand-written backward pass. It shares no code with visualchat, and needs numpy only.

T positions, H hidden size, N heads, K key-value heads, D head dim, P visual tokens of an image.
"""
import json
import os
import struct
import sys

import numpy as np

TYPES = {'F64': '<f8', 'F32': '<f4', 'I64': '<i8', 'I32': '<i4'}


def read_safetensors(path):
    """Name to array, in float64."""
    with open(path, 'rb') as file:
        length, = struct.unpack('<Q', file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        start, end = entry['data_offsets']
        values = np.frombuffer(data[start:end], TYPES[entry['dtype']])
        tensors[name] = values.reshape(entry['shape']).astype(np.float64)
    return tensors


def layer_norm(x, weight, bias, epsilon):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + epsilon) * weight + bias


def softmax(scores):
    shifted = np.exp(scores - scores.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def vision_features(weights, config, pixels):
    """[images, P, C] from [images, 3, S, S]: the last layer's output, class token included."""
    root = 'vis_encoder.vision_model.'
    images, channels, size, _ = pixels.shape
    patch, heads, epsilon = config['patch_size'], config['num_attention_heads'], config.get('layer_norm_eps', 1e-5)
    side = size // patch
    patches = pixels.reshape(images, channels, side, patch, side, patch).transpose(0, 2, 4, 1, 3, 5)
    kernel = weights[root + 'embeddings.patch_embedding.weight']
    embedded = patches.reshape(images, side * side, -1) @ kernel.reshape(kernel.shape[0], -1).T
    first = np.broadcast_to(weights[root + 'embeddings.class_embedding'], (images, 1, kernel.shape[0]))
    x = np.concatenate([first, embedded], 1) + weights[root + 'embeddings.position_embedding.weight']

    def norm(x, name):
        return layer_norm(x, weights[name + '.weight'], weights[name + '.bias'], epsilon)

    def linear(x, name):
        return x @ weights[name + '.weight'].T + weights[name + '.bias']

    def split(x):
        return x.reshape(images, x.shape[1], heads, -1).transpose(0, 2, 1, 3)

    x = norm(x, root + 'pre_layrnorm')
    for index in range(config['num_hidden_layers']):
        layer = f'{root}encoder.layers.{index}.'
        unit = norm(x, layer + 'layer_norm1')
        query, key, value = (split(linear(unit, f'{layer}self_attn.{name}_proj')) for name in 'qkv')
        mixed = softmax(query @ key.swapaxes(2, 3) / np.sqrt(query.shape[-1])) @ value
        x = x + linear(mixed.transpose(0, 2, 1, 3).reshape(x.shape), layer + 'self_attn.out_proj')
        wide = linear(norm(x, layer + 'layer_norm2'), layer + 'mlp.fc1')
        x = x + linear(wide / (1 + np.exp(-1.702 * wide)), layer + 'mlp.fc2')
    return x


def masks(mode, is_image):
    """Each softmax as [T, T]: 1 where a row attends, -1 where it spreads evenly, 0 where it does not attend."""
    length = len(is_image)
    row, column = np.arange(length)[:, None], np.arange(length)[None, :]
    image_row, image_column = is_image[:, None], is_image[None, :]
    if mode == 'causal':
        return [(column <= row).astype(float)]
    if mode == 'mmca':
        return [
            (~image_row & ~image_column & (column <= row)).astype(float),
            np.where(image_row, column == row, image_column & (column < row)).astype(float),
        ]
    if mode == 'cra-ca-mask':
        return [np.where(image_row, column == row, column <= row).astype(float)]
    if mode == 'causal-two-softmaxes':
        return [
            ((image_row | ~image_column) & (column <= row)).astype(float),
            (~image_row & image_column & (column < row)).astype(float),
        ]

    # The released code adds the type's minimum for each of two rules that forbids an entry. What has the fewest
    # minima in its row is seen; if nothing has none, what has the fewest is seen evenly.
    def seen(of_kind):
        minima = (~of_kind).astype(int) + (column > row)
        fewest = minima.min(1, keepdims=True)
        return np.where(minima == fewest, np.where(fewest == 0, 1.0, -1.0), 0.0)

    return [
        seen(np.broadcast_to(~image_column, (length, length))),
        seen(np.where(image_row, column == row, image_column)),
    ]


class Decoder:
    """LLaMA's decoder over one sample, forwards, and backwards to its inputs."""

    def __init__(self, weights, config, mode, is_image):
        self.weights, self.config = weights, config
        self.heads, self.size = config['num_attention_heads'], config['head_dim']
        self.groups = self.heads // config['num_key_value_heads']
        self.masks = masks(mode, is_image)
        half = self.size // 2
        angles = np.arange(len(is_image))[:, None] / config['rope_theta'] ** (np.arange(half) / half)
        self.cos, self.sin = np.cos(angles)[:, None, :], np.sin(angles)[:, None, :]
        self.saved = []

    def weight(self, layer, name):
        return self.weights[f'lang_decoder.model.layers.{layer}.{name}.weight']

    def norm(self, x, weight):
        scale = 1 / np.sqrt((x ** 2).mean(-1, keepdims=True) + self.config['rms_norm_eps'])
        return x * scale * weight, (x, scale, weight)

    @staticmethod
    def norm_backward(saved, gradient):
        x, scale, weight = saved
        unit = gradient * weight
        return scale * unit - x * scale ** 3 * (unit * x).mean(-1, keepdims=True)

    def rotate(self, x, sign):
        """[T, heads, D], by each position's angles; by their negatives backwards."""
        real, imaginary = np.split(x, 2, -1)
        sin = sign * self.sin
        return np.concatenate([real * self.cos - imaginary * sin, real * sin + imaginary * self.cos], -1)

    def split(self, x):
        return x.reshape(x.shape[0], -1, self.size)

    def forward(self, x):
        for layer in range(self.config['num_hidden_layers']):
            saved = {}
            unit, saved['first'] = self.norm(x, self.weight(layer, 'input_layernorm'))
            query, key, value = (self.split(unit @ self.weight(layer, f'self_attn.{name}_proj').T) for name in 'qkv')
            query, key = self.rotate(query, 1).swapaxes(0, 1), self.rotate(key, 1).swapaxes(0, 1)
            key, value = (np.repeat(part, self.groups, 0) for part in (key, value.swapaxes(0, 1)))
            scores = query @ key.swapaxes(1, 2) / np.sqrt(self.size)
            saved['attention'] = query, key, value
            saved['shares'] = []
            mixed = 0
            for mask in self.masks:
                rows = np.abs(mask).max(1, keepdims=True)
                forbidden = (rows > 0) & (mask == 0)
                share = softmax(scores * (mask > 0) + np.where(forbidden, -np.inf, 0)) * rows
                saved['shares'].append(share)
                mixed = mixed + share @ value
            x = x + mixed.swapaxes(0, 1).reshape(len(x), -1) @ self.weight(layer, 'self_attn.o_proj').T
            unit, saved['second'] = self.norm(x, self.weight(layer, 'post_attention_layernorm'))
            gate = unit @ self.weight(layer, 'mlp.gate_proj').T
            up = unit @ self.weight(layer, 'mlp.up_proj').T
            saved['mlp'] = gate, up
            x = x + (gate / (1 + np.exp(-gate)) * up) @ self.weight(layer, 'mlp.down_proj').T
            self.saved.append(saved)
        unit, self.last = self.norm(x, self.weights['lang_decoder.model.norm.weight'])
        return unit @ self.weights['lang_decoder.lm_head.weight'].T

    def backward(self, logits):
        x = self.norm_backward(self.last, logits @ self.weights['lang_decoder.lm_head.weight'])
        for layer in reversed(range(self.config['num_hidden_layers'])):
            saved = self.saved[layer]
            gate, up = saved['mlp']
            sigmoid = 1 / (1 + np.exp(-gate))
            wide = x @ self.weight(layer, 'mlp.down_proj')
            unit = (wide * up * sigmoid * (1 + gate * (1 - sigmoid))) @ self.weight(layer, 'mlp.gate_proj')
            unit = unit + (wide * gate * sigmoid) @ self.weight(layer, 'mlp.up_proj')
            x = x + self.norm_backward(saved['second'], unit)
            mixed = self.split(x @ self.weight(layer, 'self_attn.o_proj')).swapaxes(0, 1)
            query, key, value = saved['attention']
            values, scores = 0, 0
            for mask, share in zip(self.masks, saved['shares']):
                shares = mixed @ value.swapaxes(1, 2)
                values = values + share.swapaxes(1, 2) @ mixed
                scores = scores + share * (shares - (share * shares).sum(-1, keepdims=True)) * (mask > 0)
            scores = scores / np.sqrt(self.size)
            parts = {'q': scores @ key, 'k': scores.swapaxes(1, 2) @ query, 'v': values}
            unit = 0
            for name, part in parts.items():
                if name != 'q':
                    part = part.reshape(-1, self.groups, *part.shape[1:]).sum(1)
                part = part.swapaxes(0, 1)
                if name != 'v':
                    part = self.rotate(part, -1)
                unit = unit + part.reshape(len(x), -1) @ self.weight(layer, f'self_attn.{name}_proj')
            x = x + self.norm_backward(saved['first'], unit)
        return x


def loss_and_gradients(weights, config, mode, sample):
    """The sum of losses, and its gradients by the trained weights' names."""
    ids, labels = sample['ids'].astype(int), sample['labels'].astype(int)
    image_token = config['image_token']
    linear, bias = weights['projection.0.weight'], weights['projection.0.bias']
    scale, shift = weights['projection.1.weight'], weights['projection.1.bias']
    pixels = sample.get('pixels')
    tokens = 1
    if pixels is not None:
        features = vision_features(weights, config['vision'], pixels)
        tokens = features.shape[1]
        features = features.reshape(-1, features.shape[2])
        projected = features @ linear.T + bias
        visual = layer_norm(projected, scale, shift, 1e-12)

    # Each position's word, or -1 and its row among the visual tokens.
    words = np.concatenate([np.full(tokens, -1) if id == image_token else np.array([id]) for id in ids])
    is_image = words < 0
    table = weights['lang_embed.weight']
    x = np.zeros((len(words), table.shape[1]))
    x[~is_image] = table[words[~is_image]]
    if pixels is not None:
        x[is_image] = visual

    decoder = Decoder(weights, config['language'], mode, is_image)
    logits = decoder.forward(x)
    ends = np.cumsum([tokens if id == image_token else 1 for id in ids])
    learned = [place for place in range(1, len(ids)) if labels[place] != -100]
    before = np.array([ends[place - 1] - 1 for place in learned])
    wanted = labels[learned]
    shares = softmax(logits[before])
    places = np.arange(len(learned))
    loss = -np.log(shares[places, wanted]).sum()
    shares[places, wanted] -= 1
    upstream = np.zeros_like(logits)
    np.add.at(upstream, before, shares)
    gradient = decoder.backward(upstream)

    gradients = {'lang_embed.weight': np.zeros_like(table)}
    np.add.at(gradients['lang_embed.weight'], words[~is_image], gradient[~is_image])
    if pixels is not None:
        visual_gradient = gradient[is_image]
        centred = projected - projected.mean(-1, keepdims=True)
        deviation = np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-12)
        unit = centred / deviation
        inner = visual_gradient * scale
        inner = (inner - inner.mean(-1, keepdims=True) - unit * (inner * unit).mean(-1, keepdims=True)) / deviation
        gradients['projection.0.weight'] = inner.T @ features
        gradients['projection.0.bias'] = inner.sum(0)
        gradients['projection.1.weight'] = (visual_gradient * unit).sum(0)
        gradients['projection.1.bias'] = visual_gradient.sum(0)
    return loss, gradients


def apart(found, expected):
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def main(folder, results):
    met = True
    for name in sorted(os.listdir(folder)):
        case = json.load(open(os.path.join(folder, name, 'case.json')))
        weights = read_safetensors(os.path.join(folder, case['model'], 'model.safetensors'))
        sample = read_safetensors(os.path.join(folder, name, 'sample.safetensors'))
        loss, gradients = loss_and_gradients(weights, case, case['attention'], sample)
        figures = {'loss': apart(sample['loss'], loss)}
        for weight, gradient in gradients.items():
            figures[weight] = apart(sample['gradient.' + weight], gradient)
        worst = max((weight for weight in figures if weight != 'loss'), key=figures.get)
        for what, value, most in (
                ('loss', figures['loss'], case['loss_at_most']),
                (f'gradient ({worst})', figures[worst], case['gradient_at_most'])):
            met = met and value <= most
            line = {'step': 'oracle', 'what': f"{case['title']}: {what}", 'value': value, 'unit': 'relative',
                    'at_most': most}
            print(line)
            with open(results, 'a') as file:
                file.write(json.dumps(line) + '\n')
    return 0 if met else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
