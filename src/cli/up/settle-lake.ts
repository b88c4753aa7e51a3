import type { SimulatedCompany } from "../../feeds/simulator-companies.ts";
import type { SimulatedIndex } from "../../feeds/simulator-indices.ts";
import type { Lake } from "../../lake/lake.ts";
import { type CompanyFacts, settleCompanies, unknownCompany } from "../../ledger/companies.ts";
import { ensureLakeKind, type LakeKind } from "../../ledger/lake-kind.ts";

/**
 * Makes a new lake one of `kind`. A simulated one that knows no company is told of the simulator's
 * and of its indices, so that silver has names, sectors and shares as it has of real ones.
 * @throws E_LAKE_KIND
 */
export async function settleLake(lake: Lake, kind: LakeKind, seed: string): Promise<void> {
  await ensureLakeKind(lake, kind);
  if (kind !== "simulated") return;
  const { simulatedCompanies } = await import("../../feeds/simulator-companies.ts");
  const { simulatedIndices } = await import("../../feeds/simulator-indices.ts");
  await settleCompanies(lake, [
    ...simulatedCompanies(seed).map(factsOf),
    ...simulatedIndices.map(indexFactsOf),
  ]);
}

function factsOf(company: SimulatedCompany): CompanyFacts {
  return {
    ...unknownCompany(company.symbol),
    name_en: company.nameEn,
    name_ar: company.nameAr,
    sector: company.sector,
    listed_shares: company.listedShares,
  };
}

function indexFactsOf({ symbol, nameEn, nameAr }: SimulatedIndex): CompanyFacts {
  return { ...unknownCompany(symbol), name_en: nameEn, name_ar: nameAr };
}
