#!/usr/bin/env python3
"""What PyTorch itself reaches on the same card: yardsticks.py RESULTS.jsonl cuda|cpu [--small]

The ceilings (a large product, a large copy), transformers' LLaMA forwards and backwards to its inputs over the
positions of the run's 6 samples, the operators of one of visualchat's layers in its order with the time of each
kernel, and one operator through libtorch's C interface by ctypes. Where TorchSharp does not load, these are the
run's figures. Each part is tried by itself; without PyTorch there is none.
"""
import ctypes
import json
import os
import statistics
import sys
import time

RESULTS, DEVICE = sys.argv[1], sys.argv[2]
IS_SMALL = '--small' in sys.argv
IS_GPU = DEVICE != 'cpu'

# LLaMA-2 7B's sizes, and the rows of 6 samples of 4 images and 272 words.
HIDDEN, WIDE, LAYERS, HEADS, SAMPLES, TEXT, IMAGES = 4096, 11008, 32, 32, 6, 272, 4 * 257
if IS_SMALL:
    HIDDEN, WIDE, LAYERS, HEADS, SAMPLES, TEXT, IMAGES = 64, 96, 2, 4, 2, 24, 4 * 5


def record(what, value=None, unit=None, text=None):
    line = {'step': 'yardsticks', 'what': what, 'value': value, 'unit': unit, 'text': text}
    line = {key: entry for key, entry in line.items() if entry is not None}
    print(line, flush=True)
    with open(RESULTS, 'a') as file:
        file.write(json.dumps(line) + '\n')


try:
    import torch
    import torch.nn.functional as F
except ImportError:
    record('PyTorch', text='not there: nothing to compare with')
    sys.exit(0)


def wait():
    if IS_GPU:
        torch.cuda.synchronize()


def seconds(action, together=1, warm_ups=2, rounds=5):
    """The median time of an action."""
    taken = []
    for round_ in range(warm_ups + rounds):
        start = time.perf_counter()
        for _ in range(together):
            action()
        wait()
        if round_ >= warm_ups:
            taken.append((time.perf_counter() - start) / together)
    return statistics.median(taken)


def normal(*shape, deviation=1.0, trained=False):
    values = (torch.randn(*shape, device=DEVICE) * deviation).to(torch.bfloat16)
    return values.requires_grad_(trained)


def versions():
    record('PyTorch', text=torch.__version__)
    if IS_GPU:
        record('cuDNN', text=str(torch.backends.cudnn.version()))
        record('NCCL', text='.'.join(map(str, torch.cuda.nccl.version())))


def ceilings():
    side = 256 if IS_SMALL else 8192
    left, right = normal(side, side), normal(side, side)
    record('product in bf16', 2 * side ** 3 / seconds(lambda: left @ right, 10) / 1e12, 'TFLOP/s')
    size = 1 << 22 if IS_SMALL else 1 << 32
    source = torch.ones(size, dtype=torch.int8, device=DEVICE)
    target = source.clone()
    copied = seconds(lambda: target.copy_(source), 10)
    record('copy on the device, bytes read and written', 2 * size / copied / 1e9, 'GB/s')


def transformers_llama():
    from transformers import LlamaConfig, LlamaModel
    config = LlamaConfig(hidden_size=HIDDEN, intermediate_size=WIDE, num_hidden_layers=LAYERS,
                         num_attention_heads=HEADS, vocab_size=128, max_position_embeddings=4096)
    with torch.device(DEVICE):
        standing = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        model = LlamaModel(config)
        torch.set_default_dtype(standing)
    model.requires_grad_(False)
    inputs = normal(SAMPLES, TEXT + IMAGES, HIDDEN, trained=True)
    upstream = normal(SAMPLES, TEXT + IMAGES, HIDDEN, deviation=0.01)

    def step():
        inputs.grad = None
        model(inputs_embeds=inputs, use_cache=False).last_hidden_state.backward(upstream)

    taken = seconds(step)
    record("transformers' LLaMA, forwards and backwards to its inputs", taken, 's')
    record("transformers' LLaMA: positions a second", SAMPLES * (TEXT + IMAGES) / taken, '/s')
    if IS_GPU:
        record("transformers' LLaMA: most memory", torch.cuda.max_memory_allocated() / 1e9, 'GB')


class Layer:
    """One of visualchat's layers as operators: joined products, padded attention in two launches, mmca."""

    def __init__(self):
        deviation = HIDDEN ** -0.5
        self.query_key_value = normal(3 * HIDDEN, HIDDEN, deviation=deviation)
        self.output = normal(HIDDEN, HIDDEN, deviation=deviation)
        self.gate_up = normal(2 * WIDE, HIDDEN, deviation=deviation)
        self.down = normal(HIDDEN, WIDE, deviation=WIDE ** -0.5)
        self.norms = torch.ones(2, HIDDEN, device=DEVICE, dtype=torch.bfloat16)
        size = HIDDEN // HEADS
        self.cos, self.sin = normal(SAMPLES * (TEXT + IMAGES), 1, size), normal(SAMPLES * (TEXT + IMAGES), 1, size)
        column = torch.arange(IMAGES, device=DEVICE) // (IMAGES // 4)
        row = torch.arange(TEXT, device=DEVICE) * 5 // TEXT
        self.seen = column[None, :] < row[:, None]

    def norm(self, x, index):
        if hasattr(torch.ops.aten, '_fused_rms_norm'):
            return torch.ops.aten._fused_rms_norm(x, [HIDDEN], self.norms[index], 1e-5)[0]
        return F.rms_norm(x, [HIDDEN], self.norms[index], 1e-5)

    def rotate(self, x, rows):
        half = torch.cat([-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]], -1)
        return x * self.cos[rows] + half * self.sin[rows]

    def forward(self, text, image):
        rows = text.shape[0]
        x = torch.cat([text, image])
        unit = self.norm(x, 0)
        query, key, value = F.linear(unit[:rows], self.query_key_value).chunk(3, -1)
        image_key, image_value = F.linear(unit[rows:], self.query_key_value[HIDDEN:]).chunk(2, -1)

        def heads(part):
            return part.reshape(part.shape[0], HEADS, -1)

        def padded(part):
            return part.view(SAMPLES, -1, HEADS, HIDDEN // HEADS).transpose(1, 2)

        query, key = self.rotate(heads(query), slice(0, rows)), self.rotate(heads(key), slice(0, rows))
        image_key = self.rotate(heads(image_key), slice(rows, None))
        first = F.scaled_dot_product_attention(padded(query), padded(key), padded(heads(value)), is_causal=True)
        # Rows that see no image attend to one column, and are wiped.
        mask = self.seen.clone()
        mask[:, 0] = True
        second = F.scaled_dot_product_attention(
            padded(query), padded(image_key), padded(heads(image_value)), attn_mask=mask)
        both = first + second * self.seen.any(1)[:, None]
        attended = torch.cat([both.transpose(1, 2).reshape(rows, HIDDEN), image_value])
        x = x + F.linear(attended, self.output)
        gate, up = F.linear(self.norm(x, 1), self.gate_up).chunk(2, -1)
        x = x + F.linear(F.silu(gate) * up, self.down)
        return x[:rows], x[rows:]


def operators():
    layer = Layer()
    text, image = (normal(SAMPLES * rows, HIDDEN, trained=True) for rows in (TEXT, IMAGES))
    upstream = [normal(SAMPLES * rows, HIDDEN) for rows in (TEXT, IMAGES)]

    def step():
        torch.autograd.backward(layer.forward(text, image), upstream)

    taken = seconds(step)
    record("a layer's operators, forwards and backwards", taken * 1e3, 'ms')
    record("a layer's operators: all layers", taken * LAYERS * 1e3, 'ms')
    kinds = [torch.profiler.ProfilerActivity.CPU] + ([torch.profiler.ProfilerActivity.CUDA] if IS_GPU else [])
    with torch.profiler.profile(activities=kinds) as profile:
        step()
        wait()
    if not IS_GPU:
        return
    kernels = [event for event in profile.events() if event.device_type == torch.profiler.DeviceType.CUDA]
    record("a layer's operators: kernels", len(kernels), '')
    by_name = {}
    for event in kernels:
        by_name.setdefault(event.name, []).append(event.time_range.elapsed_us())
    for name, times in sorted(by_name.items(), key=lambda item: -sum(item[1]))[:12]:
        record(f'kernel {name[:60]} x {len(times)}', sum(times), 'us')


def c_interface():
    """aten::silu_ through torch_call_dispatcher, on a tensor over this device's memory."""
    library = ctypes.CDLL(os.path.join(os.path.dirname(torch.__file__), 'lib', 'libtorch_cpu.so'))
    if not hasattr(library, 'torch_call_dispatcher'):
        record('the C interface', text='not there')
        return
    values = torch.randn(1000, device=DEVICE)
    expected = F.silu(values)
    wait()
    handle = ctypes.c_void_p()
    kind = library.aoti_torch_device_type_cuda if IS_GPU else library.aoti_torch_device_type_cpu
    size, stride = (ctypes.c_int64 * 1)(1000), (ctypes.c_int64 * 1)(1)
    code = library.aoti_torch_create_tensor_from_blob(
        ctypes.c_void_p(values.data_ptr()), ctypes.c_int64(1), size, stride, ctypes.c_int64(0),
        library.aoti_torch_dtype_float32(), kind(), 0, ctypes.byref(handle))
    stack = (ctypes.c_uint64 * 1)(handle.value or 0)
    code = code or library.torch_call_dispatcher(b'aten::silu_', b'', stack, ctypes.c_uint64(0x020A000000000000))
    wait()
    if code:
        record('the C interface', text=f'refused with {code}')
        return
    record('the C interface: difference of aten::silu_', float((values - expected).norm()), '')


failed = False
for part in (versions, ceilings, operators, transformers_llama, c_interface):
    try:
        part()
    except Exception as exception:  # One part must not take the others with it.
        failed = True
        record(part.__name__, text=f'failed: {type(exception).__name__}: {exception}'[:300])
sys.exit(1 if failed else 0)
