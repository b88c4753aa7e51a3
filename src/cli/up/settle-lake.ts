import type { SimulatedCompany } from "../../feeds/simulator-companies.ts";
import type { Lake } from "../../lake/lake.ts";
import { type CompanyFacts, settleCompanies, unknownCompany } from "../../ledger/companies.ts";
import { ensureLakeKind, type LakeKind } from "../../ledger/lake-kind.ts";

/**
 * Makes a new lake one of `kind`. A simulated one that knows no company is told who the simulator's
 * are, so that silver has names, sectors and shares of them as it has of real ones.
 * @throws E_LAKE_KIND
 */
export async function settleLake(lake: Lake, kind: LakeKind, seed: string): Promise<void> {
  await ensureLakeKind(lake, kind);
  if (kind !== "simulated") return;
  const { simulatedCompanies } = await import("../../feeds/simulator-companies.ts");
  await settleCompanies(lake, simulatedCompanies(seed).map(factsOf));
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
