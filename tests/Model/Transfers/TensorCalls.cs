using Mono.Cecil;

namespace VisualChat.Model.Tests.Transfers;

/// <summary>
/// Which code calls which methods of TorchSharp's tensors, by looking at what was compiled.
/// </summary>
internal static class TensorCalls
{
    /// <summary>
    /// TYPE.METHOD: CALLED for each call of a method with one of the names, to which
    /// <c>(Device)</c> is added where a device is among its parameters.
    /// </summary>
    public static IReadOnlyList<string> Of(string assembly, string[] names)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(assembly);
        return
        [
            .. from type in module.GetTypes()
               from method in type.Methods
               where method.HasBody
               from instruction in method.Body.Instructions
               where instruction.Operand is MethodReference
               let called = (MethodReference)instruction.Operand
               where IsOfTensor(called) && names.Contains(NameOf(called))
               select $"{type.Name}.{method.Name}: {NameOf(called)}",
        ];
    }

    private static string NameOf(MethodReference called) =>
        called.Parameters.Any(parameter => parameter.ParameterType.FullName == "TorchSharp.torch/Device")
            ? $"{called.Name}(Device)"
            : called.Name;

    private static bool IsOfTensor(MethodReference called) => called.DeclaringType.FullName
        is "TorchSharp.torch/Tensor" or "TorchSharp.TensorExtensionMethods";
}
